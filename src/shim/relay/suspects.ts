import { setTimeout as sleep } from "node:timers/promises";

/** What kills a server does so at once; whoever takes longer waits for something, and the next need not wait with it. */
const TURN_MS = 2000;

/**
 * Requests that were being worked on when a server died are worked on one at a time, so that the next death can only be
 * the doing of one of them.
 */
export class Suspects {
  #last: Promise<void> = Promise.resolve();

  /** Wait for one's turn. @returns to be called when the request is answered or only waits */
  async turn(): Promise<() => void> {
    let release: () => void = () => {};
    const previous = this.#last;
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    const late = new AbortController();
    await Promise.race([
      previous,
      sleep(TURN_MS, undefined, { ref: false, signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
    return release;
  }
}
