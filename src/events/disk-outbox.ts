import { mkdirSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { writeNewFile } from "../host/files.ts";
import { memoryOutbox, type Outbox, type OutboxEntry } from "./outbox.ts";

/** containerd recovers by State and Wait after a restart, so this only has to cover ordinary ones. */
const MAX_ENTRIES = 16_384;

/**
 * An outbox whose events outlive the process: a file for each, named by its place in the order; its first line is the
 * length of what follows and the topic, the rest the request. When the directory cannot be written to, events are kept in memory only, and the log says so.
 */
export function diskOutbox(dir: string, logger: Logger): Outbox {
  const files = new Map<OutboxEntry, string>();
  const memory = memoryOutbox(MAX_ENTRIES, (entry) => {
    drop(entry);
    logger.log("error", `event dropped: more than ${MAX_ENTRIES} wait`, { topic: entry.topic });
  });
  let last = 0;
  const drop = (entry: OutboxEntry): void => {
    const file = files.get(entry);
    if (file === undefined) return;
    files.delete(entry);
    try {
      unlinkSync(file);
    } catch (error) {
      logger.log("warn", `event not removed: ${messageOf(error)}`, { file });
    }
  };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(dir).sort()) {
    const file = join(dir, name);
    const bytes = readFileSync(file);
    const end = bytes.indexOf("\n");
    const [length = "", topic = ""] = bytes.toString("utf8", 0, Math.max(end, 0)).split(" ");
    if (!/^\d{16}$/.test(name) || end < 0 || Number(length) !== bytes.length - end - 1) {
      unlinkSync(file); // cut off while it was written: it was not announced
      continue;
    }
    last = Number(name);
    const entry = { topic, request: bytes.subarray(end + 1) };
    files.set(entry, file);
    memory.add(entry);
  }
  return {
    get size() {
      return memory.size;
    },
    first: () => memory.first(),
    add(entry) {
      last += 1;
      const file = join(dir, String(last).padStart(16, "0"));
      try {
        const head = Buffer.from(`${entry.request.length} ${entry.topic}\n`);
        writeNewFile(file, Buffer.concat([head, entry.request]), 0o600);
        files.set(entry, file);
      } catch (error) {
        logger.log("error", `event only in memory: ${messageOf(error)}`, { topic: entry.topic });
      }
      memory.add(entry);
    },
    remove(entry) {
      memory.remove(entry);
      drop(entry);
    },
  };
}
