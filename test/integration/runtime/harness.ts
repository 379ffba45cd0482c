/** Real containers through `gantry-runtime`, in a state root, a cgroup and a directory of the test's own. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import type { Process, Spec } from "../../../src/spec/types.ts";
import {
  attributedCgroups,
  attributedMounts,
  attributedProcesses,
  removeCgroups,
  unmountBelow,
} from "../../helpers/host.ts";
import { distBin, repository } from "../../helpers/paths.ts";
import { SLOWNESS, waitFor } from "../../helpers/wait.ts";

/** How a call of the runtime ended. */
export interface Called {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  /** The program; gantry-runtime by default. */
  readonly program?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Descriptors 3, 4, … of the runtime. */
  readonly fds?: readonly number[];
  /** Call it as this user, with the group of the same number and no others. */
  readonly uid?: number;
  /** Global flags after --root. */
  readonly global?: readonly string[];
  /** `args` are all there is: no --root in front of them. */
  readonly isWhole?: boolean;
}

const BIN = process.env["GANTRY_TEST_BIN"] ?? distBin;
export const runtimePath = join(BIN, "gantry-runtime");

const APPLETS =
  "cat chmod dd echo env false grep head hostname id kill ln ls mkdir mkfifo mount nproc ps pwd readlink sh sleep stat stty sysctl touch tr true tty wc".split(
    " ",
  );

/** A directory with everything one test makes. `dispose` fails when the runtime has left anything of it behind. */
export class Bench {
  readonly dir: string;
  /** Name of the parent cgroup, which no other test has. */
  readonly namespace: string;
  readonly stateRoot: string;
  #calls = 0;

  constructor() {
    if (!existsSync(runtimePath)) throw new Error(`${runtimePath} is missing: run "npm run build" first`);
    this.dir = mkdtempSync(join(tmpdir(), "gantry-it-"));
    this.namespace = basename(this.dir);
    this.stateRoot = join(this.dir, "state");
  }

  /** A bundle with a busybox rootfs; the spec is `gantry-runtime spec` without terminal, changed by `change`. */
  bundle(name: string, change: (spec: Spec) => Spec = (spec) => spec): string {
    const bundle = join(this.dir, name);
    const rootfs = join(bundle, "rootfs");
    for (const directory of ["bin", "dev", "etc", "proc", "sys", "tmp", "root"]) {
      mkdirSync(join(rootfs, directory), { recursive: true });
    }
    copyFileSync(busybox(), join(rootfs, "bin/busybox"));
    chmodSync(join(rootfs, "bin/busybox"), 0o755);
    for (const applet of APPLETS) symlinkSync("busybox", join(rootfs, "bin", applet));
    writeFileSync(
      join(rootfs, "etc/passwd"),
      "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n",
    );
    this.ok(["spec", "--bundle", bundle]);
    const file = join(bundle, "config.json");
    const spec: Spec = JSON.parse(readFileSync(file, "utf8"));
    const process = { ...spec.process, terminal: false } as Process;
    const changed = change({
      ...spec,
      process,
      linux: { ...spec.linux, cgroupsPath: `/${this.namespace}/${name}` },
    });
    writeFileSync(file, JSON.stringify(changed));
    return bundle;
  }

  /** Call the runtime and wait for its end. Its output goes to files: what a container inherits holds nobody up. */
  call(args: readonly string[], options: CallOptions = {}): Called {
    const [out, err] = this.#outputs();
    const stdin = options.input === undefined ? "ignore" : "pipe";
    const outFd = openSync(out, "w");
    const errFd = openSync(err, "w");
    try {
      const { status, error } = spawnSync(
        options.program ?? runtimePath,
        options.isWhole ? args : ["--root", this.stateRoot, ...(options.global ?? []), ...args],
        {
          stdio: [stdin, outFd, errFd, ...(options.fds ?? [])],
          cwd: options.cwd ?? this.dir,
          env: { PATH: process.env["PATH"], ...options.env },
          ...(options.input === undefined ? {} : { input: options.input }),
          ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
          timeout: 60_000 * SLOWNESS,
          killSignal: "SIGKILL",
        },
      );
      if (error !== undefined) throw error;
      return { code: status, stdout: readFileSync(out, "utf8"), stderr: readFileSync(err, "utf8") };
    } finally {
      closeSync(outFd);
      closeSync(errFd);
    }
  }

  /** As `call`, and anything but exit code 0 is an error. @returns standard output */
  ok(args: readonly string[], options: CallOptions = {}): string {
    const called = this.call(args, options);
    if (called.code !== 0) throw new Error(`gantry-runtime ${args.join(" ")}: ${JSON.stringify(called)}`);
    return called.stdout;
  }

  /** Start a call and go on; its output is in the files. */
  start(args: readonly string[], options: CallOptions = {}): Started {
    const [stdoutFile, stderrFile] = this.#outputs();
    const outFd = openSync(stdoutFile, "w");
    const errFd = openSync(stderrFile, "w");
    const globals = ["--root", this.stateRoot, ...(options.global ?? [])];
    const child = spawn(options.program ?? runtimePath, [...globals, ...args], {
      stdio: ["ignore", outFd, errFd],
      cwd: this.dir,
      env: { PATH: process.env["PATH"], ...options.env },
    });
    closeSync(outFd);
    closeSync(errFd);
    const ended = new Promise<Called>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) =>
        resolve({ code, stdout: readFileSync(stdoutFile, "utf8"), stderr: readFileSync(stderrFile, "utf8") }),
      );
    });
    return { pid: child.pid ?? 0, ended, stdoutFile, kill: (signal) => child.kill(signal) };
  }

  state(id: string): { status: string; pid: number; [key: string]: unknown } {
    return JSON.parse(this.ok(["state", id]));
  }

  /** Wait until a container has this status. */
  async until(id: string, status: string): Promise<void> {
    await waitFor(`${id} to be ${status}`, () => this.state(id).status === status);
  }

  /** What is left of this bench on the host, a line each; nothing after a correct test. */
  leftovers(): string[] {
    const own = { dir: this.dir, namespace: this.namespace };
    const states = existsSync(this.stateRoot) ? readdirSync(this.stateRoot) : [];
    return [
      ...attributedProcesses(own).map(({ pid, command }) => `process ${pid}: ${command}`),
      ...attributedMounts(own).map((target) => `mount ${target}`),
      ...attributedCgroups(own).map((path) => `cgroup ${path}`),
      ...states.filter((name) => name !== ".cache").map((name) => `state ${name}`),
    ];
  }

  /** Wait until nothing is left. @throws Error that lists what is */
  async expectNothingLeft(): Promise<void> {
    let left: string[] = [];
    await waitFor(
      "nothing to be left",
      () => {
        left = this.leftovers();
        return left.length === 0;
      },
      5_000,
    ).catch(() => {
      throw new Error(`left behind:\n  ${left.join("\n  ")}`);
    });
  }

  /** Check for leftovers, then remove everything, whatever the check said. */
  async dispose(): Promise<void> {
    try {
      await this.expectNothingLeft();
    } finally {
      for (const { pid } of attributedProcesses({ dir: this.dir, namespace: this.namespace })) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It has ended meanwhile.
        }
      }
      await unmountBelow(this.dir);
      await removeCgroups(this.namespace);
      rmSync(this.dir, { recursive: true, force: true });
    }
  }

  #outputs(): [string, string] {
    this.#calls++;
    return [join(this.dir, `call-${this.#calls}.out`), join(this.dir, `call-${this.#calls}.err`)];
  }
}

/** A call that runs. */
export interface Started {
  readonly pid: number;
  readonly ended: Promise<Called>;
  readonly stdoutFile: string;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** A spec that runs a shell command. */
export function running(command: string): (spec: Spec) => Spec {
  return (spec) => withProcess({ args: ["sh", "-c", command] })(spec);
}

/** A spec with these fields of its process changed. */
export function withProcess(change: Partial<Process>): (spec: Spec) => Spec {
  return (spec) => ({ ...spec, process: { ...spec.process, ...change } as Process });
}

/** Several changes, one after the other. */
export function changes(...all: readonly ((spec: Spec) => Spec)[]): (spec: Spec) => Spec {
  return (spec) => all.reduce((changed, change) => change(changed), spec);
}

/**
 * A compiled C program, `source` being its path below test/integration; gcc is there, it builds gantry-init. A machine
 * without gcc has been given it.
 */
export function compiled(source: string, directory: string, ...flags: readonly string[]): string {
  const given = process.env["GANTRY_TEST_PROGRAMS"];
  if (given !== undefined) return join(given, basename(source, ".c"));
  const program = join(directory, basename(source, ".c"));
  const path = join(repository, "test/integration", source);
  execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", ...flags, "-o", program, path]);
  return program;
}

let busyboxPath: string | undefined;

/** A static busybox, unpacked from Debian's package. */
function busybox(): string {
  busyboxPath ??= join(
    execFileSync("bash", ["scripts/debian-suite.sh", "bookworm", "busybox-static"], {
      cwd: repository,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).trim(),
    "busybox",
  );
  return busyboxPath;
}
