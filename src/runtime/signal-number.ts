import { constants } from "node:os";

import { RuntimeError } from "./errors.ts";

const SIGRTMIN = 34; // what glibc leaves to programs; crun counts from the same number
const SIGRTMAX = 64;

/**
 * The number of a signal given as `9`, `KILL`, `SIGKILL`, `sigkill` or `SIGRTMIN+3`.
 *
 * @throws {RuntimeError} code "bad-signal"
 */
export function parseSignal(text: string): number {
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text);
    if (number <= SIGRTMAX) return number;
    throw unknownSignal(text);
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realtime !== null) {
    const [, end, sign, distance = "0"] = realtime;
    const base = end === "MIN" ? SIGRTMIN : SIGRTMAX;
    const number = sign === "-" ? base - Number(distance) : base + Number(distance);
    if (number >= SIGRTMIN && number <= SIGRTMAX) return number;
    throw unknownSignal(text);
  }
  const found = Object.entries(constants.signals).find(([known]) => known === `SIG${name}`);
  if (found === undefined) throw unknownSignal(text);
  return found[1];
}

function unknownSignal(text: string): RuntimeError {
  return new RuntimeError("bad-signal", `unknown signal ${JSON.stringify(text)}`);
}
