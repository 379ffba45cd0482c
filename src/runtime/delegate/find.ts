import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import { posix } from "node:path";

import { RuntimeError } from "../errors.ts";

/** Where to look for the runtime that does the work. */
export interface DelegateSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `[delegate] path` of the node's configuration. */
  readonly configured: string | undefined;
  /** The name we were called by. */
  readonly calledAs: string;
  /** Our own executables: nobody delegates to himself. */
  readonly ourselves: readonly string[];
}

/** What was found, and what is to be said about it. */
export interface FoundDelegate {
  readonly path: string;
  readonly warnings: readonly string[];
}

/** The variables that name the runtime: ours, then the seed's. */
const OVERRIDES = ["GANTRY_DELEGATE_PATH", "SGS_RUNC_PATH"] as const;
const NVIDIA = "nvidia-container-runtime";
const NVIDIA_PLACES = ["/usr/bin", "/usr/local/bin"] as const;
const FALLBACKS = ["/usr/bin/runc", "/usr/sbin/runc"] as const;

/**
 * Find the runtime to delegate to: a variable's, nvidia's where we stand in for it (SGS-24), the configuration's, or `runc` from PATH
 * (SGS-22).
 *
 * @throws {RuntimeError} code "no-delegate"
 */
export function findDelegate(search: DelegateSearch): FoundDelegate {
  const named = [
    ...OVERRIDES.map((variable) => ({ what: variable, path: search.env[variable] ?? "" })),
    ...(standsInForNvidia(search) ? [] : [{ what: "delegate.path", path: search.configured ?? "" }]),
  ].find(({ path }) => path !== "");
  if (named !== undefined)
    return { path: assertUsable(named.path, named.what, search.ourselves), warnings: [] };
  const nvidia = standsInForNvidia(search) ? findNvidia(search) : undefined;
  if (nvidia !== undefined) return { path: nvidia, warnings: [] };
  const warnings = standsInForNvidia(search)
    ? [`no ${NVIDIA}.real in ${NVIDIA_PLACES.join(" or ")}: runc is used instead`]
    : [];
  return { path: findRunc(search), warnings };
}

/** @param search.env SGS_WRAPPER_MODE overrules the name */
function standsInForNvidia({ env, calledAs }: DelegateSearch): boolean {
  const mode = env["SGS_WRAPPER_MODE"] ?? "";
  if (mode !== "" && mode !== "nvidia" && mode !== "runc") {
    throw new RuntimeError(
      "no-delegate",
      `SGS_WRAPPER_MODE must be "nvidia" or "runc", got ${JSON.stringify(mode)}`,
    );
  }
  return mode === "nvidia" || (mode === "" && posix.basename(calledAs).includes(NVIDIA));
}

function findNvidia({ calledAs, ourselves }: DelegateSearch): string | undefined {
  const called = posix.basename(calledAs);
  const names = new Set([...(called.includes(NVIDIA) ? [`${called}.real`] : []), `${NVIDIA}.real`]);
  return NVIDIA_PLACES.flatMap((place) => [...names].map((name) => `${place}/${name}`)).find(
    (path) => isExecutable(path) && !isOneOf(path, ourselves),
  );
}

function findRunc({ env, ourselves }: DelegateSearch): string {
  const places = (env["PATH"] ?? "").split(":").filter((place) => place.startsWith("/"));
  const found = [...places.map((place) => posix.join(place, "runc")), ...FALLBACKS].find(
    (path) => isExecutable(path) && !isOneOf(path, ourselves),
  );
  if (found !== undefined) return found;
  throw new RuntimeError(
    "no-delegate",
    `no runc to delegate to in PATH (${env["PATH"] ?? "unset"}) or at ${FALLBACKS.join(", ")}: ` +
      `name one with delegate.path or ${OVERRIDES[0]}`,
  );
}

function assertUsable(path: string, what: string, ourselves: readonly string[]): string {
  const refuse = (why: string): never => {
    throw new RuntimeError("no-delegate", `cannot delegate to ${JSON.stringify(path)} (${what}): ${why}`);
  };
  if (!path.startsWith("/")) refuse("it must be an absolute path");
  if (!isExecutable(path)) refuse("it is no executable file");
  if (isOneOf(path, ourselves)) refuse("that is this runtime itself");
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The same file, by whatever path or link, or a copy of it. */
function isOneOf(path: string, ourselves: readonly string[]): boolean {
  const real = realpathSync(path);
  const { dev, ino, size } = statSync(real);
  return ourselves.some((own) => {
    const about = statSync(own, { throwIfNoEntry: false });
    if (about === undefined) return false;
    if (about.dev === dev && about.ino === ino) return true;
    return about.size === size && readFileSync(own).equals(readFileSync(real));
  });
}
