import { resolve } from "node:path";

import { isInUserNamespace } from "../host/user-namespace.ts";
import type { CliEnvironment, GlobalOptions } from "./command.ts";
import { CliError } from "./errors.ts";
import type { ParsedFlags } from "./flags.ts";

/** What the flags before the command mean. @throws {CliError} code "bad-flag" */
export function globalOptions(flags: ParsedFlags, environment: CliEnvironment): GlobalOptions {
  const root = flags.strings.get("root");
  const nodeRoot = defaultStateRoot(environment);
  const stateRoot = resolve(root ?? nodeRoot);
  const config = flags.strings.get("config") ?? (environment.env["GANTRY_CONFIG"] || undefined);
  if (stateRoot === "/" || root === "") throw new CliError("bad-flag", "--root must be a directory below /");
  if (config === "") throw new CliError("bad-flag", "--config must name a file");
  return {
    stateRoot,
    isRootGiven: root !== undefined,
    logPath: logPath(flags),
    logFormat: logFormat(flags),
    isDebug: flags.bools.get("debug") ?? false,
    isSystemdCgroup: flags.bools.get("systemd-cgroup") ?? false,
    configFile: config === undefined ? undefined : resolve(config),
    leaseDir: `${nodeRoot}/.leases`,
  };
}

/** Where the log goes: undefined is standard error. Known before anything can fail. */
export function logPath(flags: ParsedFlags): string | undefined {
  const path = flags.strings.get("log");
  return path === undefined || path === "" ? undefined : resolve(path);
}

/** @throws {CliError} code "bad-flag" */
export function logFormat(flags: ParsedFlags): "text" | "json" {
  const format = flags.strings.get("log-format") ?? "text";
  if (format !== "text" && format !== "json") {
    throw new CliError("bad-flag", `unknown log-format ${JSON.stringify(format)}: must be text or json`);
  }
  return format;
}

/** As runc: user 0 of a user namespace is somebody else outside (rootless podman), unless called root. */
export function defaultStateRoot({ env }: Pick<CliEnvironment, "env">): string {
  const userDirectory = env["XDG_RUNTIME_DIR"];
  if (!userDirectory) return "/run/gantry";
  const isRoot = process.geteuid?.() === 0 && (env["USER"] === "root" || !isInUserNamespace());
  return isRoot ? "/run/gantry" : `${userDirectory}/gantry`;
}
