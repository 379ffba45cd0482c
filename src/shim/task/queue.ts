let waiting = 0;

/** Tasks of all queues that have not begun. */
export function queuedTasks(): number {
  return waiting;
}

/** Runs tasks one after the other, in the order in which they came; a failed one does not stop the next. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Run a task when those before it have ended. @returns what it returns */
  run<T>(task: () => Promise<T>): Promise<T> {
    waiting += 1;
    const result = this.#last.then(() => {
      waiting -= 1;
      return task();
    });
    this.#last = result.catch(() => {});
    return result;
  }
}

/** A promise that is resolved from outside, once. */
export class Latch<T> {
  #resolve: (value: T) => void = () => {};
  #isSet = false;
  readonly done: Promise<T>;

  constructor() {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  /** The first value stays. */
  set(value: T): void {
    this.#isSet = true;
    this.#resolve(value);
  }
}

/** Wait for a promise, but not longer than this. @returns whether it was done in time; its failure counts as done */
export function within(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(done, done);
  });
}
