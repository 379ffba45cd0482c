import { writeSync } from "node:fs";

import { errnoOf } from "../core/errors.ts";
import type { CommandIo } from "./command.ts";

/** The standard streams of this process. */
export const PROCESS_IO: CommandIo = {
  writeOut: (text) => writeFully(1, text),
  writeErr: (text) => writeFully(2, text),
  readInput: async () => (await import("../spec/load.ts")).readStandardInput(),
};

/**
 * Write a whole text to a descriptor. `process.stdout` is never touched: it would make the descriptor non-blocking,
 * and the container inherits it.
 */
export function writeFully(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      // The caller gave us a non-blocking pipe and reads slowly.
      if (errnoOf(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
