import { resolve } from "node:path";

import type { HostPath } from "../core/brand.ts";
import { parseHostPath } from "../core/ids.ts";
import type { SupervisionRequest } from "../runtime/supervision.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";
import { integerFlag, type ParsedFlags } from "./flags.ts";

/** The value of a flag that names a file, made absolute; undefined when it was not given or is empty. */
export function pathFlag(flags: ParsedFlags, name: string): HostPath | undefined {
  const path = flags.strings.get(name);
  return path === undefined || path === "" ? undefined : parseHostPath(resolve(path), `--${name}`);
}

/** `--bundle`, by default the current directory. */
export function bundleFlag(flags: ParsedFlags): HostPath {
  return pathFlag(flags, "bundle") ?? parseHostPath(process.cwd(), "current directory");
}

/** `--preserve-fds`; 0 when it was not given. */
export function preserveFdsFlag(flags: ParsedFlags): number {
  return Number(integerFlag(flags, "preserve-fds", { min: 0n, max: 1000n }) ?? 0n);
}

/** The first argument; the dispatcher has counted them. */
export function firstArgument(call: CommandCall): string {
  return call.flags.positional[0] ?? "";
}

/**
 * Who looks after the process: the three stdio flags go with `--monitor` only.
 *
 * @param isAttached without `--monitor`: stay until the process ends
 * @throws {CliError} code "bad-flag"
 */
export function supervisionFlags(flags: ParsedFlags, isAttached: boolean): SupervisionRequest {
  const streams = ["stdin", "stdout", "stderr"].filter((name) => flags.strings.has(name));
  if (flags.bools.get("monitor") === true) {
    const [stdin, stdout, stderr] = ["stdin", "stdout", "stderr"].map(
      (name) => flags.strings.get(name) ?? "",
    );
    return { kind: "detached", stdin: stdin ?? "", stdout: stdout ?? "", stderr: stderr ?? "" };
  }
  if (streams.length > 0) throw new CliError("bad-flag", `--${streams[0]} needs --monitor`);
  return { kind: isAttached ? "foreground" : "none" };
}

/** @throws {CliError} code "unsupported" */
export function refuseFlags(flags: ParsedFlags, names: readonly string[]): void {
  for (const name of names) {
    if (flags.strings.has(name) || flags.lists.has(name)) {
      throw new CliError("unsupported", `--${name} is not supported by this version`);
    }
  }
}

const DURATION_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration, e.g. `5s` or `1m30s`, in milliseconds. @throws {CliError} code "bad-flag" unless above zero */
export function durationFlag(flags: ParsedFlags, name: string, otherwise: string): number {
  const text = flags.strings.get(name) ?? otherwise;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  const length = parts.reduce((sum, [whole]) => sum + whole.length, 0);
  const totalMs = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (DURATION_MS[unit ?? ""] ?? 0),
    0,
  );
  if (length !== text.length || !(totalMs > 0)) {
    throw new CliError(
      "bad-flag",
      `invalid value ${JSON.stringify(text)} for flag -${name}: must be a duration above 0`,
    );
  }
  return totalMs;
}
