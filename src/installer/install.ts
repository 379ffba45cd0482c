import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "../core/errors.ts";
import {
  type DaemonConfig,
  dumpConfig,
  isCriDisabled,
  isSystemdCgroup,
  readDaemonConfig,
} from "./daemon-config.ts";
import { type Daemon, type DaemonWish, findDaemon } from "./daemons.ts";
import { InstallError } from "./errors.ts";
import { configPath, type Handler, type HandlerTable, handlerTable } from "./handlers.ts";
import { findCluster, labelNode } from "./label.ts";
import { lockNode } from "./lock.ts";
import {
  digestOf,
  digestOfText,
  makeDir,
  missingDirs,
  removeEmptyDir,
  removeFile,
  type Staged,
  stageText,
} from "./node-files.ts";
import { NODE_PATH, type NodeRoot } from "./node-root.ts";
import { type ConfigChange, compareEffective, planChange } from "./plan-change.ts";
import { readPrograms, SHIM, stagePrograms } from "./programs.ts";
import {
  type EditRecord,
  type InstallRecord,
  RECORD_DIR,
  RECORD_FILE,
  readRecord,
  writeRecord,
} from "./record.ts";
import { restartDaemon } from "./service.ts";

export interface InstallOptions {
  readonly root: NodeRoot;
  readonly wish: DaemonWish;
  /** The node's directory for programs. */
  readonly binDir: string;
  /** Directory, as we see it, of the programs to install. */
  readonly programs: string;
  readonly version: string;
  readonly handlers: readonly Handler[];
  readonly restart: boolean;
  readonly label: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** Have servers that run replaced by the new program. */
  readonly upgradeServers: () => Promise<void>;
}

/**
 * Put gantry on a node. Whatever goes wrong, the node works on as before; done again it changes nothing.
 *
 * @throws {InstallError}
 */
export async function installNode(options: InstallOptions): Promise<void> {
  const { root, wish, print } = options;
  const digests = readPrograms(options.programs);
  const made = makeDir(root.path(RECORD_DIR), 0o700);
  const lock = lockNode(root.path(RECORD_DIR));
  try {
    const previous = readRecord(root);
    const daemon = findDaemon(root, wish);
    assertSameNode(previous, daemon, options.binDir);
    const config = readDaemonConfig(root, daemon);
    if (isCriDisabled(config.effective)) {
      const problem =
        "disabled_plugins has the CRI plugin: no kubelet can use this containerd until that is changed";
      throw new InstallError("bad-config", `${config.main.path}: ${problem}`);
    }
    assertFindsShim(root, daemon, options.binDir);
    const tables = tablesOf(options, config);
    const change = planChange(root, daemon, config, tables);
    assertSameFile(previous, change);
    const dirs = made.map((dir) => nodePath(root, dir));
    const written = writeAll({ options, digests, previous, daemon, config, tables, change, dirs });
    const news = written.config ? `handlers ${options.handlers.join(", ")} registered` : "unchanged";
    print(`${change.path}: ${news}`);
    if (written.config || previous?.phase === "installing") await restart(options, daemon, change);
    writeRecord(root, { ...written.record, phase: "installed" });
    if (written.programs) await options.upgradeServers();
    const cluster = options.label ? findCluster(options.env) : undefined;
    if (cluster !== undefined) {
      await labelNode(cluster, "true");
      print(`node ${cluster.node}: labelled`);
    }
  } finally {
    // Stopped before anything was changed: nothing stays.
    lock.release(!existsSync(root.path(RECORD_FILE)));
  }
}

function assertSameNode(previous: InstallRecord | undefined, daemon: Daemon, binDir: string): void {
  if (previous === undefined) return;
  if (previous.binDir !== binDir || previous.daemon.config !== daemon.config) {
    const where = `${previous.binDir} and ${previous.daemon.config}`;
    throw new InstallError(
      "bad-arguments",
      `installed already, with ${where}: gantry node uninstall comes first`,
    );
  }
}

function assertSameFile(previous: InstallRecord | undefined, change: ConfigChange): void {
  if (previous !== undefined && previous.edit.path !== change.path) {
    throw new InstallError(
      "not-accepted",
      `the handlers are in ${previous.edit.path} and would now belong into ${change.path}: gantry node uninstall comes first`,
    );
  }
}

/** containerd 1.6 does not heed the path of a handler's shim when it is called by the CRI. */
function assertFindsShim(root: NodeRoot, daemon: Daemon, binDir: string): void {
  if (NODE_PATH.split(":").includes(binDir)) return;
  const { stdout } = root.run(daemon.program, ["--version"]);
  if (!/ v?1\.[0-6]\./.test(stdout)) return;
  const problem = `this containerd finds shims on its PATH only: --bin-dir must be one of ${NODE_PATH}`;
  throw new InstallError("bad-arguments", `${stdout.trim()}: ${problem}`);
}

function tablesOf(
  { binDir, handlers }: InstallOptions,
  { effective }: DaemonConfig,
): Readonly<Record<string, HandlerTable>> {
  const isSystemd = isSystemdCgroup(effective);
  return Object.fromEntries(
    handlers.map((name) => [name, handlerTable(name, join(binDir, SHIM), isSystemd)]),
  );
}

interface Work {
  readonly options: InstallOptions;
  readonly digests: Readonly<Record<string, string>>;
  readonly previous: InstallRecord | undefined;
  readonly daemon: Daemon;
  readonly config: DaemonConfig;
  readonly tables: Readonly<Record<string, HandlerTable>>;
  readonly change: ConfigChange;
  /** Directories that were made so far. */
  readonly dirs: readonly string[];
}

/** Everything is beside its place and on the disk before the first file is put there. */
function writeAll(work: Work): {
  readonly programs: boolean;
  readonly config: boolean;
  readonly record: InstallRecord;
} {
  const { options, digests, daemon, change, previous } = work;
  const { root, binDir, print } = options;
  const dirs = [binDir, dirname(change.path), "/etc/gantry"].map((dir) => root.path(dir));
  const missing = [...new Set(dirs.flatMap(missingDirs))];
  const record: InstallRecord = {
    phase: "installing",
    version: options.version,
    daemon,
    binDir,
    handlers: options.handlers,
    programs: digests,
    edit: editRecord(root, change, previous),
    dirs: [
      ...new Set([...(previous?.dirs ?? []), ...work.dirs, ...missing.map((dir) => nodePath(root, dir))]),
    ],
  };
  const staged: Staged[] = [];
  let text: Staged | undefined;
  let count: number;
  try {
    // Before anything else: whoever comes after us knows what may be there.
    writeRecord(root, record);
    for (const dir of dirs) makeDir(dir);
    const programs = stagePrograms(root, binDir, options.programs, digests);
    count = programs.length;
    staged.push(...programs, ...stageProfiles(options));
    const isChanged = !change.exists || change.now !== change.after;
    text = isChanged ? stageText(root.path(change.path), change.after, 0o644) : undefined;
  } catch (error) {
    for (const one of staged) one.discard();
    for (const dir of missing.reverse()) removeEmptyDir(dir);
    forget(root, record, previous);
    throw error;
  }
  for (const one of staged) one.commit();
  if (text !== undefined) commitConfig(work, text);
  print(`${binDir}: ${count === 0 ? "unchanged" : `${count} programs of version ${options.version}`}`);
  return { programs: count > 0, config: text !== undefined, record };
}

/** Nothing was changed: neither is the record. */
function forget(root: NodeRoot, { edit }: InstallRecord, previous: InstallRecord | undefined): void {
  if (previous !== undefined) {
    writeRecord(root, previous);
    return;
  }
  removeFile(root.path(RECORD_FILE));
  if (edit.before !== undefined) removeFile(root.path(edit.before.backup));
}

/** Files for handlers with a configuration of their own; one that is there is the administrator's. */
function stageProfiles({ root, handlers }: InstallOptions): Staged[] {
  return handlers.flatMap((handler) => {
    const path = configPath(handler);
    if (path === undefined || digestOf(root.path(path)) !== undefined) return [];
    return [stageText(root.path(path), profileText(handler), 0o644)];
  });
}

/** What a handler's file says when nobody has written another. */
export function profileText(handler: Handler): string {
  const what = `# What containers of the handler "${handler}" get in place of /etc/gantry/config.toml.\n`;
  // The root from a volume is asked for by the pod, under any handler.
  return handler === "gantry-host" ? `${what}[host_process]\nmode = "always"\n` : what;
}

/** What was there before us is kept, once: it is what `uninstall` gives back. */
function editRecord(root: NodeRoot, change: ConfigChange, previous: InstallRecord | undefined): EditRecord {
  const after = digestOfText(change.after);
  const shared = { path: change.path, how: change.how, after };
  const kept = previous?.edit;
  // Lines of ours are in it, and nobody has changed the rest since.
  if (
    kept !== undefined &&
    (kept.after === digestOfText(change.now) || kept.before?.digest === digestOfText(change.now))
  ) {
    return { ...shared, ...(kept.before === undefined ? {} : { before: kept.before }) };
  }
  if (!change.exists) return shared;
  if (change.how === "drop-in") return shared;
  const backup = join(RECORD_DIR, "config.before");
  stageText(root.path(backup), change.without, 0o600).commit();
  return { ...shared, before: { digest: digestOfText(change.without), backup } };
}

/** Put it in its place and ask the daemon once more; what it does not take is undone. */
function commitConfig({ options, daemon, config, change, tables }: Work, text: Staged): void {
  const { root } = options;
  text.commit();
  if (change.how === "template") return; // becomes a configuration only when the daemon starts
  let problem: string | undefined;
  try {
    problem = compareEffective(config.effective, dumpConfig(root, daemon, config.main.path), tables);
  } catch (error) {
    problem = messageOf(error);
  }
  if (problem === undefined) return;
  putBack(root, change);
  throw new InstallError("not-accepted", `${change.path}: ${problem}; it is as it was`);
}

function putBack(root: NodeRoot, change: ConfigChange): void {
  if (change.exists) stageText(root.path(change.path), change.now, 0o644).commit();
  else removeFile(root.path(change.path));
}

async function restart(options: InstallOptions, daemon: Daemon, change: ConfigChange): Promise<void> {
  const { root, print } = options;
  const byHand = `now restart it: systemctl restart ${daemon.units.join(" or ")}`;
  if (!options.restart) {
    print(`${daemon.kind} was not restarted; ${byHand}`);
    return;
  }
  try {
    const unit = await restartDaemon(root, daemon);
    print(unit === undefined ? `systemd does not run ${daemon.kind} here; ${byHand}` : `${unit}: restarted`);
  } catch (error) {
    putBack(root, change);
    await restartDaemon(root, daemon).catch(() => undefined);
    throw error;
  }
}

function nodePath(root: NodeRoot, path: string): string {
  return root.dir === "/" ? path : path.slice(root.dir.length);
}
