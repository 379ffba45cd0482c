import { CliError } from "./errors.ts";
import type { ParsedFlags } from "./flags.ts";

/**
 * The commands that can be carried out beside others in one process, and the flags without which they would need
 * something of the process itself: its streams, its signals, its time.
 */
const SHARABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ["create", ["monitor"]],
  ["start", []],
  ["state", []],
  ["kill", []],
  ["delete", []],
  ["exec", ["monitor", "detach"]],
  ["checkpoint", []],
  ["restore", ["monitor"]],
  ["pause", []],
  ["resume", []],
  ["update", []],
  ["events", ["stats"]],
  ["features", []],
]);

/**
 * Refuse what a process that carries out several commands cannot do for one of them.
 *
 * @throws {CliError} code "unsupported"
 */
export function assertSharable(command: string, flags: ParsedFlags): void {
  const needed = SHARABLE.get(command);
  if (needed === undefined) throw unsupported(command);
  for (const flag of needed) {
    if (flags.bools.get(flag) !== true) throw unsupported(`${command} without --${flag}`);
  }
  for (const flag of ["preserve-fds", "status-fd"]) {
    if (flags.strings.has(flag)) throw unsupported(`--${flag}`);
  }
}

function unsupported(what: string): CliError {
  return new CliError("unsupported", `${what} is not for the warm runtime: it needs a process of its own`);
}
