import { readFileSync } from "node:fs";

import { CliError } from "./errors.ts";

/** What the engine puts where bytes were not UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Refuse arguments that are not what the caller gave: the engine replaces bytes that are not UTF-8, and the path that
 * results names another file.
 *
 * @param readCommandLine the bytes the kernel keeps of the arguments; asked only when one holds the replacement character,
 *   which an argument may also really hold
 * @throws {CliError} code "bad-arguments"
 */
export function assertUtf8Arguments(
  argv: readonly string[],
  readCommandLine: () => Uint8Array = () => readFileSync("/proc/self/cmdline"),
): void {
  const mangled = argv.find((argument) => argument.includes(REPLACEMENT));
  if (mangled === undefined) return;
  const given = readCommandLine();
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(given);
  } catch (cause) {
    throw new CliError("bad-arguments", `argument ${JSON.stringify(mangled)} is not UTF-8`, { cause });
  }
}
