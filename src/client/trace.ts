import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();

/** W3C Trace Context, "traceparent", version 00 and what later ones must begin with. */
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * Do some work as a part of a trace: the commands that it gives are told, and say it in their logs. In the background of the
 * work and not an argument of everything, because only the first and the last of it know of traces.
 *
 * @param traceparent anything that is none is as good as absent
 */
export function withTrace<T>(traceparent: string | undefined, work: () => Promise<T>): Promise<T> {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return work();
  return storage.run(traceparent, work);
}

/** The trace that the caller's work is a part of. */
export function currentTrace(): string | undefined {
  return storage.getStore();
}
