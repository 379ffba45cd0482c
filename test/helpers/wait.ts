import { setTimeout as delay } from "node:timers/promises";

/** How many times slower than others this machine is: waiting takes that much longer before it is in vain. */
export const SLOWNESS = Number(process.env["GANTRY_TEST_SLOWNESS"] ?? 1);

/**
 * Poll `find` until it returns something other than undefined or false.
 *
 * @throws Error naming `what` when `timeoutMs` is over
 */
export async function waitFor<T>(
  what: string,
  find: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs * SLOWNESS;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(10);
  }
}

/** `promise`, or an Error naming `what` after `timeoutMs`. */
export async function within<T>(what: string, promise: Promise<T>, timeoutMs = 15_000): Promise<T> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(timeoutMs * SLOWNESS, undefined, { signal: timer.signal }).then(() => {
        throw new Error(`${what} took longer than ${timeoutMs} ms`);
      }),
    ]);
  } finally {
    timer.abort();
  }
}
