import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, posix } from "node:path";

import { ExecutorError } from "../../executor/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../../host/files.ts";
import { compileDelegatedCreate, type Delegate, delegateArguments } from "../../plan/delegate.ts";
import { compileRootfsMounts } from "../../plan/host-mounts.ts";
import type { RootfsMount } from "../../plan/input.ts";
import type { Plan } from "../../plan/op.ts";
import { compilePrepare, type PrepareOperation } from "../../plan/prepare.ts";
import { stringifyJson } from "../../spec/json.ts";
import type { ValidSpec } from "../../spec/types.ts";
import type { ContainerRecord } from "../../state/record.ts";
import { environmentList, type RuntimeContext } from "../context.ts";
import { RuntimeError } from "../errors.ts";
import { findDelegate } from "./find.ts";

/*
 * Containers that another runtime makes for our own shim: it is asked for every change, our monitor follows its processes
 * (docs/decisions/011-delegation.md).
 */

/** The other runtime, when the node's configuration wants one. @throws {RuntimeError} code "no-delegate" */
export async function chooseDelegate(
  context: RuntimeContext,
  stateDir: string,
): Promise<Delegate | undefined> {
  const { engine, delegate } = await context.readConfig();
  if (engine !== "delegate") return undefined;
  const own = dirname(context.gantryInit);
  const { path } = findDelegate({
    env: context.env,
    configured: delegate.path,
    calledAs: "gantry-runtime",
    ourselves: ["gantry-runtime", "gantry-shimd", "gantry"].map((name) => posix.join(own, name)),
  });
  return { path, args: delegate.args, root: `${stateDir}/delegate` };
}

/** Write the bundle that the other runtime gets, and compile the plan that has it make the container. */
export function prepareDelegated(
  context: RuntimeContext,
  delegate: Delegate,
  container: {
    readonly id: string;
    readonly stateDir: string;
    readonly spec: ValidSpec;
    /** Absolute. */
    readonly rootfs: string;
    readonly callerRootfs: string;
    readonly rootfsMounts: readonly RootfsMount[];
    readonly prepare: readonly PrepareOperation[];
    readonly flags: {
      readonly noPivot: boolean;
      readonly noNewKeyring: boolean;
      readonly isSystemdCgroup: boolean;
    };
  },
  create: Plan,
): Plan {
  const { id, stateDir, spec, rootfs, flags } = container;
  const bundle = `${stateDir}/bundle`;
  mkdirSync(bundle, { mode: 0o700 });
  const absolute = { ...spec, root: { ...spec.root, path: rootfs } };
  writeFileAtomic(`${bundle}/config.json`, `${stringifyJson(absolute, 2)}\n`, 0o600);
  // What tells a created container from a running one; nobody waits at it.
  writeFileAtomic(markOf(stateDir), "", 0o600);
  return compileDelegatedCreate(
    create,
    [
      ...compileRootfsMounts(container.rootfsMounts, container.callerRootfs),
      ...compilePrepare(container.prepare),
    ],
    { ...requestOf(context, delegate, id, stateDir), isSystemdCgroup: flags.isSystemdCgroup },
    [
      ...["create", "--bundle", bundle],
      ...(flags.noPivot ? ["--no-pivot"] : []),
      ...(flags.noNewKeyring ? ["--no-new-keyring"] : []),
    ],
  );
}

/** What every plan that has the other runtime do something says of it. */
export function requestOf(context: RuntimeContext, delegate: Delegate, id: string, stateDir: string) {
  return { delegate, id, log: logOf(stateDir), env: environmentList(context), isSystemdCgroup: false };
}

/**
 * Carry out a plan that has the other runtime do something. Its failure is told in its own words.
 *
 * @throws {RuntimeError} code "delegate-failed"; what `body` throws otherwise
 */
export async function withDelegateLog<T>(stateDir: string, body: () => Promise<T>): Promise<T> {
  rmSync(logOf(stateDir), { force: true }); // an earlier failure must not be told as this one
  try {
    return await body();
  } catch (error) {
    const reason = lastError(stateDir);
    if (!(error instanceof ExecutorError) || error.step?.op !== "delegate" || reason === undefined)
      throw error;
    throw new RuntimeError("delegate-failed", reason, { cause: error });
  }
}

/**
 * Have the other runtime carry out a command.
 *
 * @throws {RuntimeError} code "delegate-failed" with its own words
 */
export async function runDelegate(
  context: RuntimeContext,
  container: { readonly record: ContainerRecord; readonly stateDir: string },
  args: readonly string[],
  input = "",
): Promise<void> {
  const { record, stateDir } = container;
  const { delegate } = record;
  if (delegate === undefined) throw new Error("not a delegated container");
  rmSync(logOf(stateDir), { force: true });
  const { status, stderr } = await execute(
    delegate,
    [...delegateArguments(delegate, logOf(stateDir)), ...args],
    {
      env: Object.fromEntries(Object.entries(context.env)),
      input,
    },
  );
  if (status === 0) return;
  throw new RuntimeError(
    "delegate-failed",
    lastError(stateDir) ?? `${delegate.path} ${args[0]}: ${stderr || status}`,
  );
}

/** The container has been started: nothing marks it as one that was not. */
export function markStarted(stateDir: string): void {
  rmSync(markOf(stateDir), { force: true });
}

function markOf(stateDir: string): string {
  return `${stateDir}/exec.fifo`;
}

function logOf(stateDir: string): string {
  return `${stateDir}/delegate.log`;
}

/** The message of the last line that is an error. */
function lastError(stateDir: string): string | undefined {
  const lines = (readTextIfExists(logOf(stateDir)) ?? "").split("\n").filter((line) => line.startsWith("{"));
  const messages = lines.flatMap((line) => {
    try {
      const { level, msg } = JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown };
      return level !== "info" && level !== "debug" && typeof msg === "string" ? [msg] : [];
    } catch {
      return []; // cut short
    }
  });
  return messages.at(-1);
}

const MAX_STDERR_CHARS = 4096;

function execute(
  { path }: Delegate,
  args: readonly string[],
  options: { readonly env: Record<string, string | undefined>; readonly input: string },
): Promise<{ readonly status: number | string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      argv0: posix.basename(path),
      env: options.env,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-MAX_STDERR_CHARS);
    });
    child.stdin.on("error", () => {}); // it has not read what it was given
    child.stdin.end(options.input);
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ status: code ?? signal ?? 1, stderr: stderr.trim() }));
  });
}
