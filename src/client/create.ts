import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type StdioUris, stdioFlags } from "./exec.ts";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** A mount below `<bundle>/rootfs`, as containerd's Create request has it. */
export interface RootfsMountRequest {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** What a container is created with. */
export interface CreateCall {
  readonly id: string;
  readonly bundle: string;
  readonly rootfsMounts: readonly RootfsMountRequest[];
  readonly stdio: StdioUris;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  readonly isSystemdCgroup: boolean;
  /** The node's configuration; empty: the usual one. */
  readonly configPath: string;
}

/** Create a container with a detached monitor. The mounts go into `<bundle>/rootfs-mounts.json`. */
export async function createContainer(config: RuntimeConfig, call: CreateCall): Promise<void> {
  const args = ["create", "--monitor", "--bundle", call.bundle, "--pid-file", join(call.bundle, "init.pid")];
  if (call.rootfsMounts.length > 0) {
    const file = join(call.bundle, "rootfs-mounts.json");
    writeFileSync(file, JSON.stringify(call.rootfsMounts), { mode: 0o600 });
    args.push("--rootfs-mounts", file);
  }
  if (call.noPivot) args.push("--no-pivot");
  if (call.noNewKeyring) args.push("--no-new-keyring");
  args.push(...stdioFlags(call.stdio), call.id);
  const globals = call.isSystemdCgroup ? ["--systemd-cgroup"] : [];
  if (call.configPath !== "") globals.push("--config", call.configPath);
  await runRuntime(config, { args, logPath: join(call.bundle, "log.json"), globals });
}
