import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Daemon } from "./daemons.ts";
import { InstallError } from "./errors.ts";
import { criPlugin, type HandlerTable } from "./handlers.ts";
import type { NodeRoot } from "./node-root.ts";
import { parseToml, runtimesOf, type Toml, valueAt } from "./toml.ts";

/** One file of a daemon's configuration. */
export interface ConfigFile {
  /** The node's path, without links. */
  readonly path: string;
  /** Empty for a file that does not exist. */
  readonly text: string;
  readonly toml: Toml;
  readonly exists: boolean;
}

/** How a daemon is configured now. */
export interface DaemonConfig {
  readonly main: ConfigFile;
  /** In the order in which they are read. */
  readonly imported: readonly ConfigFile[];
  /** Directories all of whose `*.toml` are imported. */
  readonly dropInDirs: readonly string[];
  /** Of the main file, or of what the daemon writes by itself. */
  readonly version: number;
  readonly effective: Effective;
}

/** What the daemon itself makes of its configuration: `containerd config dump`. */
export interface Effective {
  readonly toml: Toml;
  /** The CRI plugin's name in it. */
  readonly plugin: string;
  readonly runtimes: Readonly<Record<string, HandlerTable>>;
}

/** @throws {InstallError} codes "bad-config", "no-daemon" */
export function readDaemonConfig(root: NodeRoot, daemon: Daemon): DaemonConfig {
  const main = readConfigFile(root, daemon.config);
  const effective = dumpConfig(root, daemon, main.exists ? main.path : undefined);
  const defaults = (): Toml => askDaemon(root, daemon, ["config", "default"]);
  const version = main.exists ? Number(main.toml["version"] ?? 1) : Number(defaults()["version"] ?? 2);
  if (![2, 3, 4].includes(version)) {
    throw new InstallError(
      "bad-config",
      `${main.path} has version ${String(main.toml["version"] ?? "1 (none is given)")}: we know 2, 3 and 4; ` +
        '"containerd config migrate" writes it anew',
    );
  }
  const given = main.exists && "imports" in main.toml ? main.toml["imports"] : defaults()["imports"];
  const patterns = (Array.isArray(given) ? given : []).filter(
    (one): one is string => typeof one === "string",
  );
  const imports = patterns.map((one) => (isAbsolute(one) ? one : join(dirname(main.path), one)));
  return {
    main,
    imported: imports
      .flatMap((pattern) => listFiles(root, pattern))
      .map((path) => readConfigFile(root, path)),
    // containerd 1.6 looks for relative ones in its working directory, the others beside the file: not to be relied on.
    dropInDirs: patterns
      .filter((one) => isAbsolute(one) && basename(one) === "*.toml" && !dirname(one).includes("*"))
      .map(dirname),
    version,
    effective,
  };
}

/** @throws {InstallError} code "bad-config" when it cannot be read or parsed */
export function readConfigFile(root: NodeRoot, nodePath: string): ConfigFile {
  const path = root.resolve(nodePath);
  if (!existsSync(root.path(path))) return { path, text: "", toml: {}, exists: false };
  let bytes: Buffer;
  try {
    bytes = readFileSync(root.path(path));
  } catch (error) {
    throw new InstallError("bad-config", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) throw new InstallError("bad-config", `${path} is not UTF-8`);
  return { path, text, toml: parseToml(text, path), exists: true };
}

/** Have the daemon print what a file, and what it imports, mean to it. @param path absent: as without any file */
export function dumpConfig(root: NodeRoot, daemon: Daemon, path: string | undefined): Effective {
  const words = path === undefined ? ["config", "default"] : ["--config", path, "config", "dump"];
  const toml = askDaemon(root, daemon, words);
  const plugin = criPlugin(Number(toml["version"] ?? 2));
  return { toml, plugin, runtimes: runtimesOf(toml, plugin) };
}

/** The daemon knows the CRI plugin and has not been told to leave it out. */
export function isCriDisabled({ toml }: Effective): boolean {
  const disabled = toml["disabled_plugins"];
  return (
    Array.isArray(disabled) &&
    disabled.some((name) =>
      ["cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"].includes(String(name)),
    )
  );
}

/** What the handler that pods get without a RuntimeClass says of cgroups. */
export function isSystemdCgroup({ toml, plugin, runtimes }: Effective): boolean {
  const usual = valueAt(toml, "plugins", plugin, "containerd", "default_runtime_name");
  const table = runtimes["runc"] ?? runtimes[typeof usual === "string" ? usual : ""];
  return valueAt(table, "options", "SystemdCgroup") === true;
}

function askDaemon(root: NodeRoot, daemon: Daemon, args: readonly string[]): Toml {
  const { status, stdout, stderr } = root.run(daemon.program, args);
  const command = `${daemon.program} ${args.join(" ")}`;
  if (status !== 0) throw new InstallError("bad-config", `${command} fails: ${lastLine(stderr)}`);
  return parseToml(stdout, `the output of ${command}`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

function listFiles(root: NodeRoot, pattern: string): string[] {
  const dir = root.resolve(dirname(pattern));
  const here = root.path(dir);
  if (!existsSync(here)) return [];
  const asRegExp = new RegExp(
    `^${basename(pattern)
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
  return readdirSync(here)
    .filter((name) => asRegExp.test(name))
    .sort()
    .map((name) => join(dir, name));
}
