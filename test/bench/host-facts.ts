import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import {
  type ContainerdVersion,
  containerdBin,
  crunPath,
  distBin,
  repository,
  runcPath,
} from "../helpers/paths.ts";

/** What the figures depend on besides the programs. */
export interface HostFacts {
  readonly kernel: string;
  readonly cgroups: "unified" | "hybrid" | "legacy";
  readonly cpus: string;
  readonly memoryMib: number;
  /** Runnable processes, averaged over the last minute before the run: not ours. */
  readonly load: number;
  /** Version of what lies in dist/bin/, and the commit that is checked out beside it. */
  readonly gantry: string;
  readonly containerd: string;
  readonly runc: string;
  readonly crun: string;
}

export function readHostFacts(containerd: ContainerdVersion): HostFacts {
  return {
    kernel: release(),
    cgroups: cgroupMode(),
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    load: loadavg()[0] ?? 0,
    gantry: `${versionOf(join(distBin, "gantry-runtime"))} (checkout ${commit()})`,
    containerd: versionOf(join(containerdBin(containerd), "containerd")),
    runc: versionOf(runcPath()),
    crun: versionOf(crunPath()),
  };
}

/** Which cgroup hierarchies are mounted: version 2, both, or version 1. */
export function cgroupMode(): HostFacts["cgroups"] {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return "unified";
  return existsSync("/sys/fs/cgroup/unified/cgroup.controllers") ? "hybrid" : "legacy";
}

function versionOf(program: string): string {
  // "runc version 1.1.5", "containerd github.com/containerd/containerd 1.6.20 COMMIT"
  const text = execFileSync(program, ["--version"], { encoding: "utf8" });
  return /(?:^| )v?(\d\S*)/m.exec(text)?.[1] ?? text.trim();
}

function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: repository, encoding: "utf8" }).trim();
  if (!existsSync(join(repository, ".git"))) return "no commit";
  return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "src", "native") === "" ? "" : " with changes"}`;
}
