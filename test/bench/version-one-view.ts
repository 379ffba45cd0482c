import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RowResult } from "./figure.ts";
import { cgroupMode } from "./host-facts.ts";
import type { Options, RowName } from "./options.ts";

/**
 * Measure rows in a process whose mount namespace shows cgroup version 1 only: crun refuses a hybrid host. All
 * candidates see the same.
 */
export async function measureInVersionOneView(
  options: Options,
  row: RowName,
  signal: AbortSignal,
): Promise<RowResult> {
  const dir = mkdtempSync("/tmp/gb-");
  const result = join(dir, "result.json");
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const args = ["--part", "--only", row, "--rounds", `${options.rounds}`, "--json", result];
  try {
    const child = spawn(
      "unshare",
      ["--mount", "--propagation", "private", "sh", "-c", HIDE, UNIFIED, process.execPath, main, ...args],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    // It cleans up by itself; we wait for its end, whatever it is.
    signal.addEventListener("abort", () => child.kill("SIGINT"));
    const code = await new Promise((resolve) => child.on("close", resolve));
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`the part of the run without ${UNIFIED} ended with ${code}`);
    const { rows }: { rows: RowResult[] } = JSON.parse(readFileSync(result, "utf8"));
    const [found] = rows;
    if (!found) throw new Error(`no figures for the row "${row}"`);
    return { ...found, notes: [...found.notes, NOTE] };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Remove what crun has made where the unified hierarchy is elsewhere: plain directories, which it does not remove. */
export function removeUnifiedPretence(namespace: string): void {
  if (cgroupMode() === "legacy") rmSync(join(UNIFIED, namespace), { recursive: true, force: true });
}

const UNIFIED = "/sys/fs/cgroup/unified";
// The tmpfs keeps such directories out of the one that every mount namespace shares.
const HIDE = 'umount "$0" && mount -t tmpfs -o mode=755,size=1m none "$0" && exec "$@"';
const NOTE =
  `crun refuses hosts with both versions of cgroups: this row ran in a mount namespace without ${UNIFIED}, ` +
  "all three runtimes alike.";
