import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { ordinarySpec } from "../helpers/oci-spec.ts";
import { crunPath, distBin, repository, runcPath } from "../helpers/paths.ts";
import { CANDIDATES, type Candidate } from "./figure.ts";
import { removeTraces } from "./traces.ts";
import { removeUnifiedPretence } from "./version-one-view.ts";

/** How a command ended. */
export interface Ended {
  readonly ok: boolean;
  /** From before the process was started until it was reaped. */
  readonly ms: number;
  /** What it said on standard error. */
  readonly complaint: string;
}

/** Runs the runtimes as a shell does, one process a command, in a directory and cgroups of their own. */
export class CommandLine {
  readonly dir = mkdtempSync("/tmp/gb-");
  /** Name of the parent cgroup, which nothing else has. */
  readonly namespace = basename(this.dir);
  readonly #programs: Readonly<Record<Candidate, readonly string[]>> = {
    gantry: [join(distBin, "gantry-runtime")],
    runc: [runcPath()],
    crun: withoutShell(crunPath()),
  };

  constructor() {
    for (const candidate of CANDIDATES) mkdirSync(this.stateRoot(candidate));
  }

  /** A bundle whose busybox runs `true`. @param resources goes into linux.resources */
  bundle(name: string, resources: object = {}): string {
    const bundle = join(this.dir, name);
    const rootfs = join(bundle, "rootfs");
    if (!existsSync(rootfs)) {
      for (const directory of ["bin", "dev", "proc", "run", "sys"]) {
        mkdirSync(join(rootfs, directory), { recursive: true });
      }
      copyFileSync(busybox(), join(rootfs, "bin/busybox"));
      symlinkSync("busybox", join(rootfs, "bin/true"));
    }
    const spec = ordinarySpec(`/${this.namespace}/${name}`, { args: ["true"], resources });
    writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
    return bundle;
  }

  /** Run one command to its end, or for ten seconds. Its output goes to a file, so that a container holds nobody up. */
  call(candidate: Candidate, args: readonly string[]): Ended {
    const [file, ...before] = this.#programs[candidate];
    if (file === undefined) throw new Error(`no program for ${candidate}`);
    const log = join(this.dir, "stderr");
    const fd = openSync(log, "w");
    try {
      const argv = [...before, "--root", this.stateRoot(candidate), ...args];
      const start = performance.now();
      const { status } = spawnSync(file, argv, {
        stdio: ["ignore", "ignore", fd],
        cwd: this.dir,
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
        timeout: 10_000,
        killSignal: "SIGKILL",
      });
      const ms = performance.now() - start;
      return { ok: status === 0, ms, complaint: readFileSync(log, "utf8").trim() };
    } finally {
      closeSync(fd);
    }
  }

  /** As `call`, but failure is an error. @returns milliseconds */
  ok(candidate: Candidate, args: readonly string[]): number {
    const { ok, ms, complaint } = this.call(candidate, args);
    if (!ok) throw new Error(`${candidate} ${args.join(" ")} failed: ${complaint}`);
    return ms;
  }

  /** Remove every container, and everything else. */
  async dispose(): Promise<void> {
    for (const candidate of CANDIDATES) {
      for (const id of readdirSync(this.stateRoot(candidate))) {
        if (!id.startsWith(".")) this.call(candidate, ["delete", "--force", id]);
      }
    }
    removeUnifiedPretence(this.namespace);
    await removeTraces(this);
  }

  stateRoot(candidate: Candidate): string {
    return join(this.dir, candidate);
  }

  /** Why this runtime cannot run a container here; undefined when it can. */
  refusalOf(candidate: Candidate): string | undefined {
    const { ok, complaint } = this.call(candidate, [
      "run",
      "--bundle",
      this.bundle("try"),
      `try-${candidate}`,
    ]);
    return ok ? undefined : complaint || "no reason given";
  }
}

/**
 * Debian's crun may need newer libraries than the host's; scripts/debian-suite.sh then leaves a shell script that
 * starts it through the unpacked linker. The shell is not crun's fault: start what it starts.
 */
function withoutShell(program: string): readonly string[] {
  const text = readFileSync(program).subarray(0, 4096).toString("latin1");
  if (!text.startsWith("#!/bin/sh")) return [program];
  return [...text.matchAll(/"(\/[^"]*)"|(--library-path)/g)].map(([, path, flag]) => path ?? flag ?? "");
}

function busybox(): string {
  const script = join(repository, "scripts/debian-suite.sh");
  const bin = execFileSync("bash", [script, "bookworm", "busybox-static"], { encoding: "utf8" }).trim();
  return join(bin, "busybox");
}
