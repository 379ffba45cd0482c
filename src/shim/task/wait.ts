import type { CallEntry } from "../relay/journal.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import type { ExitInfo } from "./task-process.ts";

/**
 * Wait: answers when the exit was announced, at once if it has been. There is no limit; when the caller's connection
 * goes, so does this wait.
 */
export async function waitProcess(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string },
  signal: AbortSignal,
  entry: CallEntry,
): Promise<ExitInfo> {
  const process = getContainer(shim, request.id).getProcess(request.execId);
  if (!process.announced.isSet) entry.park();
  return abortable(process.announced.done, signal);
}

/** `promise`, or the reason why it is not waited for any longer. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error: unknown) => reject(error),
    );
  });
}
