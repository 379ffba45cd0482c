import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";

import { errnoOf, messageOf } from "../core/errors.ts";
import { isInUserNamespace } from "../host/user-namespace.ts";
import { DEFAULT_CONFIG, type NodeConfig, parseConfig } from "../transforms/config.ts";
import { TransformError } from "../transforms/errors.ts";

/** Where the configuration is when nobody names another file. */
export const DEFAULT_CONFIG_FILE = "/etc/gantry/config.toml";

/** Reads configuration files; what it has read it keeps until the file changes. */
export class ConfigReader {
  readonly #files = new Map<string, { readonly version: string; readonly config: NodeConfig }>();

  /**
   * @param file undefined: the default one, which need not be there
   * @throws {TransformError} code "bad-config", naming the file
   */
  async read(file: string | undefined): Promise<NodeConfig> {
    const path = file ?? DEFAULT_CONFIG_FILE;
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (cause) {
      if (file === undefined && errnoOf(cause) === "ENOENT") return DEFAULT_CONFIG;
      throw new TransformError("bad-config", `cannot read ${path}: ${messageOf(cause)}`, { cause });
    }
    try {
      const version = assertTrusted(path, fstatSync(fd, { bigint: true }));
      const known = this.#files.get(path);
      if (known?.version === version) return known.config;
      const config = await parseToml(readFileSync(fd, "utf8"), path);
      this.#files.set(path, { version, config });
      return config;
    } finally {
      closeSync(fd);
    }
  }
}

async function parseToml(text: string, file: string): Promise<NodeConfig> {
  const { parse } = await import("smol-toml");
  let tables: unknown;
  try {
    tables = parse(text);
  } catch (cause) {
    const [reason = ""] = messageOf(cause).split("\n");
    throw new TransformError("bad-config", `${file}: ${reason}${lineOf(cause)}`, { cause });
  }
  return parseConfig(tables, file);
}

function lineOf(error: unknown): string {
  if (!(error instanceof Error) || !("line" in error) || !("column" in error)) return "";
  return ` at line ${String(error.line)}, column ${String(error.column)}`;
}

/** What of a file's status says whether to trust it, and whether it is still the same. */
export interface FileStatus {
  readonly uid: bigint;
  readonly mode: bigint;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/**
 * Refuse a file or directory that somebody else than root, or than who runs us, may change: what it says is done with all rights.
 *
 * @returns a text that changes whenever the file does
 * @throws {TransformError} code "bad-config"
 */
export function assertTrusted(path: string, status: FileStatus): string {
  const uid = Number(status.uid);
  // Root outside a user namespace has no number inside.
  const isOwned = uid === 0 || uid === process.geteuid?.() || (uid === OVERFLOW_UID && isInUserNamespace());
  if (!isOwned) throw new TransformError("bad-config", `${path} must belong to root, not to user ${uid}`);
  if ((status.mode & 0o022n) !== 0n) {
    const mode = (status.mode & 0o7777n).toString(8);
    throw new TransformError("bad-config", `${path} must be writable by its owner only, its mode is ${mode}`);
  }
  return [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(" ");
}

const OVERFLOW_UID = 65_534;
