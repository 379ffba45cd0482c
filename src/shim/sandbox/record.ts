import { readlinkSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, messageOf } from "../../core/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../../host/files.ts";
import { membersDir } from "../address.ts";
import { ShimError } from "../errors.ts";
import { NO_OPTIONS, type RuntimeOptions } from "../options.ts";

/** What a pod asks of its sandbox, whoever described it. */
export interface SandboxConfig {
  readonly hostname: string;
  /** Content of resolv.conf; undefined: the host's. */
  readonly resolvConf: string | undefined;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly hasHostNetwork: boolean;
  readonly hasHostPid: boolean;
  readonly hasHostIpc: boolean;
}

/** `<bundle>/sandbox.json` */
export interface SandboxRecord {
  readonly id: string;
  /** containerd's directory for the sandbox; it holds no config.json. */
  readonly bundle: string;
  readonly stateRoot: string;
  readonly runtimePath: string;
  readonly isSystemdCgroup: boolean;
  /** The network namespace that was made for the pod; empty: none. */
  readonly netnsPath: string;
  readonly config: SandboxConfig;
  /** `starting` and `stopping`: begun, and not known to be done. */
  readonly status: "created" | "starting" | "running" | "stopping" | "stopped";
  /** Decimal; "0" before the start. */
  readonly createdAtNs: string;
  readonly pid: number;
  readonly exitStatus: number;
  /** Decimal; "0" before the end. */
  readonly exitedAtNs: string;
}

/** The bundle of the container that holds the sandbox's namespaces: `runtime create --bundle`. */
export function holderBundle(bundle: string): string {
  return join(bundle, "holder");
}

/** Write the record (0600), in one step. */
export function writeSandboxRecord(record: SandboxRecord): void {
  writeFileAtomic(join(record.bundle, "sandbox.json"), JSON.stringify(record), 0o600);
}

/** @returns undefined when the bundle is none of a sandbox. @throws {ShimError} code "corrupt" */
export function readSandboxRecord(bundle: string): SandboxRecord | undefined {
  const file = join(bundle, "sandbox.json");
  const text = readTextIfExists(file);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as SandboxRecord; // we wrote it, in one step
    if (typeof record.stateRoot !== "string") throw new TypeError('"stateRoot" is not a string');
    return { ...record, bundle };
  } catch (error) {
    throw new ShimError("corrupt", `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

export function removeSandboxRecord(bundle: string): void {
  rmSync(join(bundle, "sandbox.json"), { force: true });
}

/** Note where a pod's sandbox is, so that a later server finds it. */
export function linkSandbox(socket: string, bundle: string): void {
  unlinkSandbox(socket);
  symlinkSync(bundle, linkOf(socket));
}

/** @returns the bundle of the pod's sandbox; undefined when it has none */
export function findSandbox(socket: string): string | undefined {
  try {
    return readlinkSync(linkOf(socket));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

export function unlinkSandbox(socket: string): void {
  try {
    unlinkSync(linkOf(socket));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** Keep the options that `start` was given: CreateSandbox does not say them again. */
export function writeSandboxOptions(bundle: string, options: RuntimeOptions): void {
  writeFileAtomic(join(bundle, "options.json"), JSON.stringify(options), 0o600);
}

export function readSandboxOptions(bundle: string): RuntimeOptions {
  const text = readTextIfExists(join(bundle, "options.json"));
  return text === undefined
    ? NO_OPTIONS
    : { ...NO_OPTIONS, ...(JSON.parse(text) as Partial<RuntimeOptions>) };
}

function linkOf(socket: string): string {
  return `${membersDir(socket)}/.sandbox`;
}
