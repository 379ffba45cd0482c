import { ClientError } from "../../client/errors.ts";
import { ShimError } from "../errors.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import type { TaskProcess } from "./task-process.ts";

const MAX_SIZE = 0xffff; // struct winsize has 16-bit fields; see ioctl_tty(2)

/** ResizePty: a process without a terminal has no size, which is no error. */
export async function resizePty(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string; readonly width: number; readonly height: number },
): Promise<void> {
  const container = getContainer(shim, request.id);
  const process = container.getProcess(request.execId);
  if (!process.stdio.hasTerminal) return;
  if (process.exit !== undefined && process !== container.init) {
    throw new ShimError("wrong-status", "cannot resize a stopped process");
  }
  const rows = Math.min(request.height, MAX_SIZE);
  const columns = Math.min(request.width, MAX_SIZE);
  await unlessGone(async () => process.followed?.link?.resize(rows, columns));
}

/** CloseIO: the process sees the end of its input after what was already written. Without one, or twice, it is no error. */
export async function closeIo(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string },
): Promise<void> {
  const process = getContainer(shim, request.id).getProcess(request.execId);
  if (process.stdio.stdin === "") return;
  process.isStdinClosed = true;
  await closeStdin(process);
}

/** Tell the monitor; a process that was not started yet, or has ended, has none. */
export async function closeStdin(process: TaskProcess): Promise<void> {
  await unlessGone(async () => process.followed?.link?.closeStdin());
}

/** A monitor that ends while it is asked has nothing left to resize or close. */
export async function unlessGone(ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof ClientError && error.code === "monitor-gone")) throw error;
  }
}
