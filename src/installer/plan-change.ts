import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import { messageOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import {
  type ConfigFile,
  type DaemonConfig,
  dumpConfig,
  type Effective,
  readConfigFile,
} from "./daemon-config.ts";
import type { Daemon } from "./daemons.ts";
import { InstallError } from "./errors.ts";
import {
  appendBlock,
  criPlugin,
  formatBlock,
  type HandlerTable,
  hasBlock,
  isTable,
  removeBlock,
} from "./handlers.ts";
import { makeDir, stageText } from "./node-files.ts";
import type { NodeRoot } from "./node-root.ts";
import { RECORD_DIR } from "./record.ts";
import { findDifference, parseToml, runtimesOf, type Toml, valueAt } from "./toml.ts";

/** The one file to write, and what is in it now. */
export interface ConfigChange {
  readonly path: string;
  readonly how: "drop-in" | "edit" | "template";
  readonly exists: boolean;
  /** Without lines of ours. */
  readonly without: string;
  readonly now: string;
  readonly after: string;
  /** The lines of ours at its end. */
  readonly block: string;
}

type Tables = Readonly<Record<string, HandlerTable>>;
const DROP_IN = "gantry.toml";

/**
 * Find a way to register handlers that changes nothing else. Daemons differ in how they join files: containerd 1.x lets a drop-in
 * replace the whole CRI plugin's settings, and a file with one handler hide the built-in runc. So each way is
 * tried on copies, the daemon itself is asked what it makes of them, and the first that it understands as meant is taken.
 *
 * @returns the change, as yet made nowhere
 * @throws {InstallError} codes "bad-config", "not-accepted"
 */
export function planChange(
  root: NodeRoot,
  daemon: Daemon,
  config: DaemonConfig,
  tables: Tables,
): ConfigChange {
  const files = [config.main, ...config.imported].map((file) => withoutBlock(file));
  for (const { path, toml } of files) assertFree(path, toml, Object.keys(tables));
  const reasons: string[] = [];
  for (const change of candidates(root, daemon, config, files, tables)) {
    const problem = "problem" in change ? change.problem : tryChange(root, daemon, config, change, tables);
    if (problem === undefined && "after" in change) return change;
    reasons.push(`${change.path}: ${problem}`);
  }
  throw new InstallError(
    "not-accepted",
    `no way to register the handlers leaves the rest as it is. ${reasons.join("; ")}`,
  );
}

/** Whether the daemon's configuration now is `before` and these handlers, and nothing else. @returns what is not so */
export function compareEffective(before: Effective, after: Effective, tables: Tables): string | undefined {
  for (const [name, table] of Object.entries(tables)) {
    const there = after.runtimes[name];
    if (there === undefined) return `the daemon does not see handler ${name}`;
    const difference = findDifference(table, pick(there, table), `handler ${name}`);
    if (difference !== undefined) return difference;
  }
  return findDifference(withoutHandlers(before, tables), withoutHandlers(after, tables));
}

function withoutBlock(file: ConfigFile): ConfigFile {
  if (!hasBlock(file.text)) return file;
  const text = removeBlock(file.text);
  return { ...file, text, toml: parseToml(text, file.path) };
}

function assertFree(path: string, toml: Toml, names: readonly string[]): void {
  for (const plugin of [criPlugin(2), criPlugin(3)]) {
    const taken = names.find((name) => Object.hasOwn(runtimesOf(toml, plugin), name));
    if (taken !== undefined) {
      throw new InstallError(
        "bad-config",
        `${path} has a handler "${taken}" that gantry node install did not write: remove it, or choose others with --handlers`,
      );
    }
  }
}

type Candidate = ConfigChange | { readonly path: string; readonly problem: string };

function* candidates(
  root: NodeRoot,
  daemon: Daemon,
  config: DaemonConfig,
  files: readonly ConfigFile[],
  tables: Tables,
): Generator<Candidate> {
  const { effective, version, dropInDirs } = config;
  const [main = config.main] = files;
  const variants = (target: Target): Candidate[] => {
    // What the daemon has without having been told in this file, such as its built-in runc.
    const silent = Object.entries(effective.runtimes)
      .filter(
        ([name]) =>
          !Object.hasOwn(runtimesOf(target.toml, target.plugin), name) && !Object.hasOwn(tables, name),
      )
      .map(([name, table]) => [name, onlySet(table)] as const);
    const sets = silent.length === 0 ? [tables] : [tables, { ...Object.fromEntries(silent), ...tables }];
    return sets.map((set) => changeOf(target, set));
  };
  const fresh = { without: `version = ${version}\n`, toml: { version }, plugin: criPlugin(version) };
  for (const dir of dropInDirs) {
    const path = join(root.resolve(dir), DROP_IN);
    const there = readConfigFile(root, path);
    // One that somebody else has written is edited like any other file, if that is where the settings are.
    if (!there.exists || removeBlock(there.text) === fresh.without) {
      yield* variants({ ...fresh, path, how: "drop-in", now: there.exists ? there.text : undefined });
    }
  }
  const asTarget = (file: ConfigFile): Target => ({
    path: file.path,
    how: "edit",
    without: file.text,
    now: readConfigFile(root, file.path).text,
    toml: file.toml,
    plugin: criPlugin(typeof file.toml["version"] === "number" ? file.toml["version"] : version),
  });
  if (daemon.generator === "rancher") {
    if (!main.exists)
      yield { path: main.path, problem: `${daemon.kind} has not written it yet: start it once` };
    else yield* variants({ ...asTarget(main), ...readTemplate(root, main, version), how: "template" });
    return;
  }
  const withSettings = files
    .map(asTarget)
    .filter(({ toml, plugin }) => valueAt(toml, "plugins", plugin) !== undefined);
  for (const target of withSettings.reverse()) yield* variants(target);
  if (withSettings.some(({ path }) => path === main.path)) return;
  yield* variants(main.exists ? asTarget(main) : { ...fresh, path: main.path, how: "edit", now: undefined });
}

/** A file that our lines could go to. */
interface Target {
  readonly path: string;
  readonly how: ConfigChange["how"];
  readonly without: string;
  /** Absent: the file does not exist. */
  readonly now: string | undefined;
  readonly toml: Toml;
  readonly plugin: string;
}

function changeOf({ path, how, without, now, plugin }: Target, set: Tables): Candidate {
  const block = formatBlock(plugin, set);
  const after = appendBlock(without, block);
  const problem = how === "template" ? undefined : verifyText(without, after, path, plugin, set);
  if (problem !== undefined) return { path, problem };
  return { path, how, exists: now !== undefined, without, now: now ?? "", after, block };
}

/** The file that k3s and rke2 make containerd's from; `base` in it stands for what they would have written. */
function readTemplate(
  root: NodeRoot,
  main: ConfigFile,
  version: number,
): Pick<Target, "path" | "without" | "now"> {
  const path = join(dirname(main.path), version >= 3 ? "config-v3.toml.tmpl" : "config.toml.tmpl");
  const now = readTextIfExists(root.path(path));
  return { path, now, without: now === undefined ? '{{ template "base" . }}\n' : removeBlock(now) };
}

/** Both texts as TOML: the second is the first and our tables. */
function verifyText(
  before: string,
  after: string,
  path: string,
  plugin: string,
  set: Tables,
): string | undefined {
  try {
    const wanted = structuredClone(parseToml(before, path)) as Record<string, unknown>;
    let table = wanted;
    for (const key of ["plugins", plugin, "containerd", "runtimes"]) {
      if (!isTable(table[key])) table[key] = {};
      table = table[key] as Record<string, unknown>;
    }
    Object.assign(table, set);
    return findDifference(wanted, parseToml(after, path));
  } catch (error) {
    // For example tables in one line, or with dotted keys, which TOML forbids to continue.
    return `our lines cannot stand behind what is there: ${messageOf(error)}`;
  }
}

/** @returns why the daemon does not understand it as meant; undefined: it does */
function tryChange(
  root: NodeRoot,
  daemon: Daemon,
  { main, imported, effective }: DaemonConfig,
  change: ConfigChange,
  tables: Tables,
): string | undefined {
  const dir = join(RECORD_DIR, "check");
  makeDir(root.path(dir), 0o700);
  const write = (name: string, text: string): string => {
    stageText(root.path(join(dir, name)), text, 0o600).commit();
    return join(dir, name);
  };
  const isMain = change.path === main.path;
  try {
    let imports = imported.map(({ path }) => path);
    let text = isMain ? change.after : main.text;
    if (change.how === "template") text = appendBlock(removeBlock(main.text), change.block);
    else if (!isMain) {
      const copy = write("part.toml", change.after);
      imports = withPath(imports, change.path).map((path) => (path === change.path ? copy : path));
    }
    // Written anew because patterns would find the files as they are.
    if (imports.length > 0) text = stringify({ ...parseToml(text, main.path), imports });
    return compareEffective(effective, dumpConfig(root, daemon, write("config", text)), tables);
  } catch (error) {
    if (error instanceof InstallError && error.code === "bad-config") return error.message;
    throw error;
  } finally {
    rmSync(root.path(dir), { recursive: true, force: true });
  }
}

/** The paths with one more, where a pattern of its directory would have it. */
function withPath(paths: readonly string[], path: string): string[] {
  if (paths.includes(path)) return [...paths];
  const isSibling = (other: string) => dirname(other) === dirname(path);
  const next = paths.findIndex((other) => isSibling(other) && other > path);
  const at = next >= 0 ? next : paths.findLastIndex(isSibling) + 1 || paths.length;
  return [...paths.slice(0, at), path, ...paths.slice(at)];
}

function withoutHandlers({ toml, plugin }: Effective, tables: Tables): Toml {
  // Which files were read is what changes.
  const { imports: _, ...rest } = structuredClone(toml) as Record<string, unknown>;
  const runtimes = runtimesOf(rest, plugin) as Record<string, unknown>;
  const containerd = valueAt(rest, "plugins", plugin, "containerd") as Record<string, unknown> | undefined;
  if (containerd !== undefined) {
    // An option that is not set and one that is set to nothing are the same.
    containerd["runtimes"] = Object.fromEntries(
      Object.entries(runtimes)
        .filter(([name]) => !Object.hasOwn(tables, name))
        .map(([name, table]) => [name, onlySet(table as HandlerTable)]),
    );
  }
  return rest;
}

/** Of what is there, only what was wanted: the daemon adds settings of its own. */
function pick(there: HandlerTable, wanted: HandlerTable): HandlerTable {
  return Object.fromEntries(
    Object.entries(wanted).map(([key, value]) => {
      const found = there[key];
      return [key, isTable(value) && isTable(found) ? pick(found, value) : found];
    }),
  );
}

/** Without what a handler has anyway. */
function onlySet(table: HandlerTable): HandlerTable {
  const isSet = (value: unknown): boolean =>
    isTable(value)
      ? Object.keys(onlySet(value)).length > 0
      : Array.isArray(value)
        ? value.length > 0
        : Boolean(value);
  return Object.fromEntries(
    Object.entries(table).flatMap(([key, value]) =>
      isSet(value) ? [[key, isTable(value) ? onlySet(value) : value]] : [],
    ),
  );
}
