/** One event on its way to containerd. */
export interface OutboxEntry {
  /** For the log. */
  readonly topic: string;
  /** The encoded ForwardRequest. */
  readonly request: Uint8Array;
}

/**
 * Events that containerd has not confirmed yet, oldest first. In memory for now; the methods may not fail, so one that
 * writes to disk reports trouble by itself.
 */
export interface Outbox {
  readonly size: number;
  add(entry: OutboxEntry): void;
  /** The oldest one, which stays until `remove`. */
  first(): OutboxEntry | undefined;
  /**
   * Drop the oldest one, which was confirmed or which containerd will never take. Another one than that has been dropped
   * meanwhile for want of room: then there is nothing to do.
   */
  remove(entry: OutboxEntry): void;
}

/** An outbox that keeps at most `maxEntries` and then drops the oldest, telling `onDrop`. */
export function memoryOutbox(maxEntries: number, onDrop: (entry: OutboxEntry) => void): Outbox {
  let entries: OutboxEntry[] = [];
  let head = 0;
  const dropFirst = (): void => {
    head += 1;
    // Cut the front off now and then: shift() on each would copy the whole list each time.
    if (head < entries.length && head <= 1024) return;
    entries = entries.slice(head);
    head = 0;
  };
  return {
    get size() {
      return entries.length - head;
    },
    add(entry) {
      entries.push(entry);
      const oldest = entries[head];
      if (entries.length - head <= maxEntries || oldest === undefined) return;
      dropFirst();
      onDrop(oldest);
    },
    first: () => entries[head],
    remove(entry) {
      if (entries[head] === entry) dropFirst();
    },
  };
}
