import { resolve } from "node:path";

import type { HostPath } from "../core/brand.ts";
import { parseHostPath } from "../core/ids.ts";
import type { CheckpointSettings, CriuSettings, RestoreSettings } from "../plan/criu.ts";
import { CRIU_CGROUP_MODES, CRIU_NETWORK_LOCKS } from "../plan/criu-request.ts";
import type { CriuRequest } from "../runtime/criu.ts";
import { CliError } from "./errors.ts";
import { integerFlag, type ParsedFlags } from "./flags.ts";
import { pathFlag } from "./values.ts";

const MAX_FD = 2n ** 20n;

/**
 * What the flags of `checkpoint` say. @throws {CliError} code "bad-flag"
 *
 * @param pid whose descriptor `--status-fd` is
 */
export function checkpointFlags(flags: ParsedFlags, pid: number): CriuRequest<CheckpointSettings> {
  return {
    ...commonFlags(flags),
    parentImages: parentPath(flags),
    leaveRunning: isSet(flags, "leave-running"),
    tcpSkipInFlight: isSet(flags, "tcp-skip-in-flight"),
    linkRemap: isSet(flags, "link-remap"),
    isPreDump: isSet(flags, "pre-dump"),
    pageServer: pageServer(flags.strings.get("page-server") ?? ""),
    statusFile: statusFile(flags, pid),
  };
}

/** What the flags of `restore` say to criu. @throws {CliError} codes "bad-flag", "unsupported" */
export function restoreFlags(flags: ParsedFlags): CriuRequest<RestoreSettings> {
  if (isSet(flags, "no-pivot")) {
    throw new CliError("unsupported", "--no-pivot is not supported by restore: criu pivots");
  }
  const lsmProfile = text(flags, "lsm-profile");
  if (lsmProfile !== undefined && !/^(apparmor|selinux):./.test(lsmProfile)) {
    throw badValue("lsm-profile", lsmProfile, "must be apparmor:PROFILE or selinux:LABEL");
  }
  return { ...commonFlags(flags), lsmProfile, lsmMountContext: text(flags, "lsm-mount-context") };
}

function commonFlags(flags: ParsedFlags): CriuRequest<CriuSettings> {
  for (const type of flags.lists.get("empty-ns") ?? []) {
    if (type !== "network") {
      throw new CliError("bad-flag", `namespace ${JSON.stringify(type)} is not supported`);
    }
  }
  return {
    imagesDir: pathFlag(flags, "image-path") ?? defaultImages(),
    workDir: pathFlag(flags, "work-path"),
    tcpEstablished: isSet(flags, "tcp-established"),
    extUnixSk: isSet(flags, "ext-unix-sk"),
    shellJob: isSet(flags, "shell-job"),
    fileLocks: isSet(flags, "file-locks"),
    autoDedup: isSet(flags, "auto-dedup"),
    lazyPages: isSet(flags, "lazy-pages"),
    manageCgroupsMode: choice(flags, "manage-cgroups-mode", CRIU_CGROUP_MODES) ?? "default",
    networkLock: choice(flags, "network-lock", CRIU_NETWORK_LOCKS),
  };
}

function defaultImages(): HostPath {
  return parseHostPath(resolve("checkpoint"), "image path");
}

function isSet(flags: ParsedFlags, name: string): boolean {
  return flags.bools.get(name) ?? false;
}

function text(flags: ParsedFlags, name: string): string | undefined {
  return flags.strings.get(name) || undefined;
}

function choice<Name extends string>(
  flags: ParsedFlags,
  flag: string,
  values: Readonly<Record<Name, number>>,
): Name | undefined {
  const given = text(flags, flag);
  if (given === undefined) return undefined;
  const names = (Object.keys(values) as Name[]).filter((name) => name !== "default");
  const found = names.find((name) => name === given);
  if (found === undefined) throw badValue(flag, given, `must be one of ${names.join(", ")}`);
  return found;
}

function parentPath(flags: ParsedFlags): string | undefined {
  const path = text(flags, "parent-path");
  if (path?.startsWith("/")) throw new CliError("bad-flag", "--parent-path must be relative");
  return path;
}

/** Go's `net.SplitHostPort`: an IPv6 address stands in brackets. */
function pageServer(given: string): CheckpointSettings["pageServer"] {
  if (given === "") return undefined;
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(given) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) {
    throw new CliError("bad-flag", "Use --page-server ADDRESS:PORT to specify page server");
  }
  if (Number(port) > 65535) throw badValue("page-server", given, "the port must be from 0 to 65535");
  return { address, port: Number(port) };
}

/** By its name in /proc: criu opens it again, and there is nothing to be inherited. */
function statusFile(flags: ParsedFlags, pid: number): HostPath | undefined {
  const fd = integerFlag(flags, "status-fd", { min: -1n, max: MAX_FD });
  return fd === undefined || fd < 0n ? undefined : parseHostPath(`/proc/${pid}/fd/${fd}`, "--status-fd");
}

function badValue(flag: string, value: string, rule: string): CliError {
  return new CliError("bad-flag", `invalid value ${JSON.stringify(value)} for flag -${flag}: ${rule}`);
}
