import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientRuntimePath, podmanRoot, testImage } from "./paths.ts";
import type { Finished, RunOptions } from "./run.ts";
import { quote, type Sandbox, startSandbox, type TerminalOptions, type TerminalSession } from "./sandbox.ts";
import { type Inventory, takeInventory } from "./sandbox-leaks.ts";

/** Debian's podman and conmon with the runtime under test, in a sandbox with storage and configuration of their own. */
export interface Podman {
  readonly sandbox: Sandbox;
  readonly image: string;
  call(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** As `call`; anything but exit code 0 is an error. @returns standard output without the last newline */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  inTerminal(args: readonly string[], typed?: TerminalOptions["typed"]): Promise<TerminalSession>;
  /** Run a shell command that knows podman. */
  shell(text: string): Promise<Finished>;
  inventory(): Inventory;
  /** Remove what a failed test left. */
  reset(): Promise<void>;
}

/** What podman leaves, with runc as well. */
const PODMANS_OWN = [
  // Its storage, mounted over itself while it works.
  /^mount .*\/s\/overlay$/,
  // The directory of its monitors.
  /^cgroup .*\/conmon$/,
  // It removes the cgroup of a pod from the hierarchies of controllers only.
  /^cgroup .*\/(systemd|unified)\/[^/]+\/[0-9a-f]{64}$/,
];

const USER = 1000;
const SUBORDINATE = { first: 200_000, count: 65_536 };

/** @param isRootless call podman as an ordinary user */
export async function startPodman(isRootless: boolean): Promise<Podman> {
  const sandbox = await startSandbox((dir) => prepare(dir, isRootless));
  const { dir } = sandbox;
  const env = {
    PATH: searchPath(dir),
    HOME: join(dir, "home"),
    XDG_RUNTIME_DIR: join(dir, "xdg"),
    TMPDIR: join(dir, "tmp"),
    LD_LIBRARY_PATH: join(dir, "lib"),
    CONTAINERS_CONF: join(dir, "containers.conf"),
    CONTAINERS_STORAGE_CONF: join(dir, "storage.conf"),
  };
  const user = isRootless ? { uid: USER } : {};
  const command = (args: readonly string[]) => ["podman", ...withParent(args, sandbox, isRootless)];
  const call = (args: readonly string[], options: RunOptions = {}) =>
    sandbox.run(command(args), { env, cwd: "/", ...user, ...options });
  const ok = async (args: readonly string[], options: RunOptions = {}) => {
    const done = await call(args, options);
    if (done.code !== 0) throw new Error(`podman ${args.join(" ")}: ${JSON.stringify(done)}`);
    return done.stdout.replace(/\n$/, "");
  };
  const image = testImage();
  const self: Podman = {
    sandbox,
    image: image.name,
    call,
    ok,
    inTerminal: (args, typed = []) => sandbox.inTerminal(quote(command(args)), { env, ...user, typed }),
    shell: (text) => sandbox.run(["bash", "-c", text], { env, cwd: "/", ...user }),
    inventory: () =>
      takeInventory(sandbox, [isRootless ? join(dir, "xdg/gantry") : "/run/gantry"], PODMANS_OWN),
    reset: async () => {
      await call(["pod", "rm", "--force", "--all", "--time", "0"]);
      await call(["rm", "--force", "--all", "--time", "0"]);
    },
  };
  try {
    await ok(["load", "--quiet", "--input", image.tar]);
    // Storage mounts itself, the pause process of rootless podman starts, the pod's image is made: no leaks later on.
    await ok(["pod", "create", "--name", "first"]);
    await ok(["run", "--rm", "--pod", "first", image.name, "true"]);
    await ok(["pod", "rm", "--force", "--time", "0", "first"]);
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
  return self;
}

/** Where podman keeps to cgroups, these are below a parent of our own. */
function withParent(args: readonly string[], sandbox: Sandbox, isRootless: boolean): readonly string[] {
  const parent = `--cgroup-parent=/${sandbox.namespace}`;
  if (isRootless || args.includes("--pod")) return args;
  if (args[0] === "run" || args[0] === "create") return [args[0], parent, ...args.slice(1)];
  return args[0] === "pod" && args[1] === "create" ? ["pod", "create", parent, ...args.slice(2)] : args;
}

function prepare(dir: string, isRootless: boolean): void {
  const root = podmanRoot();
  for (const name of ["bin", "lib", "xdg", "etc", "home/.config/containers"]) {
    mkdirSync(join(dir, name), { recursive: true });
  }
  chmodSync(join(dir, "xdg"), 0o700);
  for (const name of ["podman", "conmon", "catatonit", "newuidmap", "newgidmap"]) {
    symlinkSync(join(root, "usr/bin", name), join(dir, "bin", name));
  }
  linkMissingLibraries(root, join(dir, "lib"));
  copyFileSync(join(root, "etc/containers/policy.json"), join(dir, "home/.config/containers/policy.json"));
  const storage = ["[storage]", 'driver = "overlay"', `runroot = "${dir}/r"`, `graphroot = "${dir}/s"`];
  writeFileSync(join(dir, "storage.conf"), `${storage.join("\n")}\n`);
  writeFileSync(join(dir, "containers.conf"), containersConf(dir, root));
  if (!isRootless) return;
  writeFileSync(
    join(dir, "etc/passwd"),
    `root:x:0:0::/root:/bin/sh\nuser:x:${USER}:${USER}::${dir}/home:/bin/sh\n`,
  );
  writeFileSync(join(dir, "etc/group"), `root:x:0:\nuser:x:${USER}:\n`);
  for (const name of ["subuid", "subgid"]) {
    writeFileSync(join(dir, "etc", name), `user:${SUBORDINATE.first}:${SUBORDINATE.count}\n`);
  }
  execFileSync("chown", ["-Rh", `${USER}:${USER}`, dir]);
}

/**
 * Podman starts itself again, by /proc/self/exe: it cannot be run through another dynamic linker, as programs of other
 * suites are. It gets the libraries that this host lacks, and no others.
 */
function linkMissingLibraries(root: string, to: string): void {
  const available = readdirSync(root, { recursive: true, encoding: "utf8" });
  for (;;) {
    const text = execFileSync("ldd", [join(root, "usr/bin/podman")], {
      env: { ...process.env, LD_LIBRARY_PATH: to },
      encoding: "utf8",
    });
    const missing = [...text.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] ?? "");
    if (missing.length === 0) return;
    for (const name of new Set(missing)) {
      const path = available.find((file) => file.endsWith(`/${name}`));
      if (path === undefined) throw new Error(`${name} is missing: delete ${root}/.. and bootstrap again`);
      symlinkSync(join(root, path), join(to, name));
    }
  }
}

// No default ulimits: the machine may not let us raise any.
function containersConf(dir: string, root: string): string {
  const inherited = [
    `PATH=${searchPath(dir)}`,
    `LD_LIBRARY_PATH=${dir}/lib`,
    `CONTAINERS_STORAGE_CONF=${dir}/storage.conf`,
    `HOME=${dir}/home`,
  ];
  return `[containers]
netns = "none"
default_ulimits = []
seccomp_profile = "${root}/usr/share/containers/seccomp.json"
log_driver = "k8s-file"
[engine]
runtime = "tested"
runtime_supports_json = ["tested"]
cgroup_manager = "cgroupfs"
events_logger = "file"
events_logfile_path = "${dir}/events"
conmon_path = ["${dir}/bin/conmon"]
conmon_env_vars = ${JSON.stringify(inherited)}
helper_binaries_dir = ["${dir}/bin"]
init_path = "${dir}/bin/catatonit"
lock_type = "file"
tmp_dir = "${dir}/libpod"
[engine.runtimes]
tested = ["${clientRuntimePath()}"]
[network]
network_backend = "cni"
`;
}

function searchPath(dir: string): string {
  return `${dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
}
