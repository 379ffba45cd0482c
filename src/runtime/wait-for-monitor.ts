import { closeSync, constants, existsSync, openSync } from "node:fs";

import { waitUntil } from "./wait-for-end.ts";

/** A monitor that lives needs some milliseconds. */
const PROMPT_MS = 100;
const TIMEOUT_MS = 2_000;

/**
 * After the end of a process: let its monitor write its last record before its directory goes. A monitor that was killed itself
 * never will; that it listens no more tells.
 */
export async function waitForMonitor(processDir: string): Promise<void> {
  if (!existsSync(`${processDir}/ctl.sock`)) return;
  const isRecorded = () => existsSync(`${processDir}/exit.json`);
  if (await waitUntil(isRecorded, PROMPT_MS)) return;
  if (await isListening(processDir)) await waitUntil(isRecorded, TIMEOUT_MS);
}

async function isListening(processDir: string): Promise<boolean> {
  const { connect } = await import("node:net");
  // By its descriptor: the path may be longer than an address can be.
  const directory = openSync(processDir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await new Promise<boolean>((resolve) => {
      const socket = connect(`/proc/self/fd/${directory}/ctl.sock`);
      const settle = (isThere: boolean) => {
        socket.destroy();
        resolve(isThere);
      };
      socket.once("connect", () => settle(true));
      socket.once("error", () => settle(false));
    });
  } finally {
    closeSync(directory);
  }
}
