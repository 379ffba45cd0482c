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
  /** Drop the oldest one: it was confirmed, or containerd will never take it. */
  remove(): void;
}

/** An outbox that keeps at most `maxEntries` and then drops the oldest, telling `onDrop`. */
export function memoryOutbox(maxEntries: number, onDrop: (entry: OutboxEntry) => void): Outbox {
  let entries: OutboxEntry[] = [];
  let head = 0;
  return {
    get size() {
      return entries.length - head;
    },
    add(entry) {
      entries.push(entry);
      if (entries.length - head <= maxEntries) return;
      const dropped = entries[head];
      head += 1;
      if (dropped !== undefined) onDrop(dropped);
    },
    first: () => entries[head],
    remove() {
      if (head < entries.length) head += 1;
      // Cut the confirmed front off now and then: shift() on each would copy the whole list each time.
      if (head === entries.length || head > 1024) {
        entries = entries.slice(head);
        head = 0;
      }
    },
  };
}
