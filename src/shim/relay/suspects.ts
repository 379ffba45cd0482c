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
    await previous;
    return release;
  }
}
