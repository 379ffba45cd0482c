import { statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { readTextIfExists } from "../host/files.ts";
import {
  type ConfigFile,
  type DaemonConfig,
  isCriDisabled,
  isSystemdCgroup,
  readDaemonConfig,
} from "./daemon-config.ts";
import { type Daemon, type DaemonWish, findDaemon } from "./daemons.ts";
import { criPlugin, HANDLERS, type HandlerTable, POD_ANNOTATIONS } from "./handlers.ts";
import { digestOf } from "./node-files.ts";
import { NODE_PATH, type NodeRoot } from "./node-root.ts";
import { SHIM } from "./programs.ts";
import { type InstallRecord, readRecord } from "./record.ts";
import { runtimesOf, valueAt } from "./toml.ts";

/** unix(7): 108 bytes with the NUL; `/`, 64 hex digits and what we put behind them. */
const MAX_SOCKET_DIR = 42;
const MIN_KERNEL = [5, 14] as const;

/**
 * Everything that is known to go wrong with a node's configuration.
 *
 * @returns one note when nothing here has to do with gantry
 */
export function checkInstallation(root: NodeRoot, wish: DaemonWish): Finding[] {
  let record: InstallRecord | undefined;
  try {
    record = readRecord(root);
  } catch (error) {
    return [{ level: "error", check: "installation", message: messageOf(error) }];
  }
  let daemon: Daemon | undefined;
  let config: DaemonConfig;
  try {
    daemon = record?.daemon ?? findDaemon(root, wish);
    config = readDaemonConfig(root, daemon);
  } catch (error) {
    const level = record !== undefined ? "error" : daemon !== undefined ? "warning" : "note";
    return [{ level, check: "containerd", message: messageOf(error) }, ...checkKernelFeatures(root)];
  }
  return [
    ...checkRecord(root, record),
    ...checkHandlers(root, record, config),
    ...checkSockets(config),
    ...checkKernelFeatures(root),
  ];
}

function checkRecord(root: NodeRoot, record: InstallRecord | undefined): Finding[] {
  if (record === undefined) {
    return [
      { level: "note", check: "installation", message: "gantry node install was not run on this node" },
    ];
  }
  const findings: Finding[] = [];
  const { phase, binDir, programs } = record;
  if (phase !== "installed") {
    const verb = phase === "installing" ? "install" : "uninstall";
    const message = `gantry node ${verb} was stopped half-way: run it again`;
    findings.push({ level: "error", check: "installation", message });
  }
  const known = new Map<string, string>();
  for (const [name, digest] of Object.entries(programs)) {
    const path = join(binDir, name);
    const found = digestOf(root.path(path), known);
    if (found === undefined) {
      findings.push({
        level: "error",
        check: "programs",
        message: `${path} is missing: gantry node install`,
      });
    } else if (found !== digest) {
      const message = `${path} is not the one that gantry node install put there: programs of one version belong together`;
      findings.push({ level: "warning", check: "programs", message });
    }
  }
  return findings;
}

function checkHandlers(root: NodeRoot, record: InstallRecord | undefined, config: DaemonConfig): Finding[] {
  const { effective, main, imported } = config;
  const findings: Finding[] = [main, ...imported].flatMap((file) => checkSection(file, config));
  const ours = Object.entries(effective.runtimes).filter(([name, table]) => isOurs(name, table));
  if (isCriDisabled(effective)) {
    const message = `${main.path}: disabled_plugins has the CRI plugin: no kubelet can use this containerd`;
    findings.push({ level: ours.length > 0 ? "error" : "warning", check: "cri", message });
  }
  for (const name of record?.handlers ?? []) {
    if (effective.runtimes[name] !== undefined) continue;
    const message = `containerd has no handler ${name}: its configuration was written anew; gantry node install`;
    findings.push({ level: "error", check: "handlers", message });
  }
  const isSystemd = isSystemdCgroup(effective);
  return [
    ...findings,
    ...ours.flatMap(([name, table]) => checkHandler(root, name, table, isSystemd)),
    ...(ours.length > 0 ? checkKubelet(root, isSystemd) : []),
  ];
}

function isOurs(name: string, table: HandlerTable): boolean {
  const type = String(table["runtime_type"] ?? "");
  return (
    (HANDLERS as readonly string[]).includes(name) ||
    type.includes(".gantry.") ||
    String(table["runtime_path"] ?? "").endsWith(`/${SHIM}`)
  );
}

/** Handlers under the plugin's name of another version are not seen by anybody. */
function checkSection({ path, toml }: ConfigFile, config: DaemonConfig): Finding[] {
  const version = typeof toml["version"] === "number" ? toml["version"] : config.version;
  const wrong = criPlugin(version >= 3 ? 2 : 3);
  return Object.entries(runtimesOf(toml, wrong))
    .filter(([name, table]) => isOurs(name, table))
    .map(([name]) => ({
      level: "error",
      check: "section",
      message:
        `${path} has version ${version}, but handler ${name} is in plugins."${wrong}": ` +
        `it belongs into plugins."${criPlugin(version)}".containerd.runtimes`,
    }));
}

function checkHandler(root: NodeRoot, name: string, table: HandlerTable, isSystemd: boolean): Finding[] {
  const findings: Finding[] = [];
  const annotations = Array.isArray(table["pod_annotations"]) ? table["pod_annotations"].map(String) : [];
  const absent = POD_ANNOTATIONS.filter((one) => !annotations.includes(one) && !annotations.includes("*"));
  if (absent.length > 0) {
    const message = `handler ${name}: pod_annotations lacks ${absent.join(", ")}: annotations of pods have no effect`;
    findings.push({ level: "warning", check: "pod_annotations", message });
  }
  if (!String(table["runtime_type"]).includes(".gantry.")) {
    const message = `handler ${name}: runtime_type is not io.containerd.gantry.v2: containerd 1.6 starts another shim`;
    findings.push({ level: "warning", check: "runtime_type", message });
  }
  const driver = valueAt(table, "options", "SystemdCgroup");
  if (typeof driver === "boolean" && driver !== isSystemd) {
    const message = `handler ${name}: SystemdCgroup is ${driver}, of runc it is ${isSystemd}`;
    findings.push({ level: "error", check: "cgroup driver", message });
  }
  const program = String(table["runtime_path"] || "");
  if (program !== "") {
    if (!isExecutable(root, program)) {
      findings.push({
        level: "error",
        check: "shim",
        message: `handler ${name}: ${program} is no executable file`,
      });
    }
    return findings;
  }
  const path = NODE_PATH.split(":").map((dir) => join(dir, SHIM));
  const found = path.filter((file) => isExecutable(root, file));
  if (found.length === 0) {
    const message = `handler ${name}: no ${SHIM} on containerd's PATH (${NODE_PATH}), and no runtime_path`;
    findings.push({ level: "error", check: "shim", message });
  }
  const [first, ...hidden] = found;
  const others = hidden.filter((file) => root.path(file) !== root.path(first ?? ""));
  if (others.length > 0) {
    findings.push({ level: "warning", check: "shim", message: `${first} hides ${others.join(", ")}` });
  }
  return findings;
}

function isExecutable(root: NodeRoot, path: string): boolean {
  const stat = statSync(root.path(path), { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}

const KUBELET = "/var/lib/kubelet/config.yaml";

/** The kubelet names cgroups in the form of its driver; a daemon that uses the other one puts pods where no limit is. */
function checkKubelet(root: NodeRoot, isSystemd: boolean): Finding[] {
  const driver = /^cgroupDriver:\s*"?(\w+)/m.exec(readTextIfExists(root.path(KUBELET)) ?? "")?.[1];
  if (driver === undefined || (driver === "systemd") === isSystemd) return [];
  const message = `${KUBELET} says cgroupDriver: ${driver}, containerd SystemdCgroup = ${isSystemd}`;
  return [{ level: "error", check: "cgroup driver", message }];
}

function checkSockets({ effective, main, imported }: DaemonConfig): Finding[] {
  const dir = [effective, main, ...imported]
    .map(({ toml }) => valueAt(toml, "plugins", "io.containerd.shim.v1.manager", "socket_dir"))
    .find((value) => value !== undefined);
  if (typeof dir !== "string" || Buffer.byteLength(dir) <= MAX_SOCKET_DIR) return [];
  const message = `socket_dir ${dir} is longer than ${MAX_SOCKET_DIR} bytes: the sockets of pods cannot be made`;
  return [{ level: "error", check: "socket_dir", message }];
}

/** What the kernel that runs here lacks. */
function checkKernelFeatures(root: NodeRoot): Finding[] {
  const findings: Finding[] = [];
  const read = (path: string) => readTextIfExists(root.path(path)) ?? readTextIfExists(path) ?? "";
  const release = read("/proc/sys/kernel/osrelease").trim();
  const [major = 0, minor = 0] = release.split(".").map(Number);
  if (major < MIN_KERNEL[0] || (major === MIN_KERNEL[0] && minor < MIN_KERNEL[1])) {
    const message = `Linux ${release}: ${MIN_KERNEL.join(".")} or newer is what gantry is made for`;
    findings.push({ level: "warning", check: "kernel", message });
  }
  if (!/^nodev\toverlay$/m.test(read("/proc/filesystems"))) {
    findings.push({ level: "note", check: "kernel", message: "overlay is not loaded (modprobe overlay)" });
  }
  if (!read("/proc/self/status").includes("Seccomp:")) {
    findings.push({
      level: "warning",
      check: "kernel",
      message: "no seccomp: profiles of pods cannot be set",
    });
  }
  if (read("/proc/sys/user/max_user_namespaces").trim() === "0") {
    const message =
      "user namespaces are switched off (user.max_user_namespaces = 0): no pods with hostUsers: false";
    findings.push({ level: "note", check: "kernel", message });
  }
  return findings;
}
