import { posix } from "node:path";

import type { Process } from "../spec/types.ts";
import type { Supervision } from "./input.ts";
import type { Op, Plan } from "./op.ts";
import { stageOf } from "./stages.ts";
import { compileSupervision } from "./supervision.ts";

/** Another runtime, and how it is called for every command. */
export interface Delegate {
  /** The executable, absolute. */
  readonly path: string;
  /** Flags before the command. */
  readonly args: readonly string[];
  /** Where it keeps its containers. */
  readonly root: string;
}

/** Its arguments before a command. */
export function delegateArguments(delegate: Delegate, log: string): string[] {
  return [...delegate.args, "--root", delegate.root, "--log", log, "--log-format", "json"];
}

/** What a delegated process is made from. */
export interface DelegateRequest {
  readonly delegate: Delegate;
  readonly id: string;
  /** A file for the errors of the other runtime. */
  readonly log: string;
  /** `NAME=value`: what it, and a hook without an environment of its own, gets. */
  readonly env: readonly string[];
  readonly isSystemdCgroup: boolean;
}

/** What `create` would do before the container is there stays; the other runtime makes the container. */
const SETTINGS: readonly Op["kind"][] = ["monitor", "stdio", "terminal", "logger"];

/**
 * The plan of a container that another runtime makes of a bundle.
 *
 * @param create as `compileCreatePlan` made it for the same spec
 * @param host what is made before
 * @param command `create` with its flags
 */
export function compileDelegatedCreate(
  create: Plan,
  host: readonly Op[],
  request: DelegateRequest,
  command: readonly string[],
): Plan {
  const settings = stageOf(create, "settings").filter(({ kind }) => SETTINGS.includes(kind));
  return delegated(settings, host, request, command);
}

/** The plan of another process in such a container. @param processFile the OCI process */
export function compileDelegatedExec(
  supervision: Supervision,
  process: Process,
  request: DelegateRequest,
  processFile: string,
): Plan {
  const settings = compileSupervision(supervision, process, { isInit: false, oomFile: "", execFifo: "" });
  return delegated(settings, [], request, ["exec", "--detach", "--process", processFile]);
}

function delegated(
  settings: readonly Op[],
  host: readonly Op[],
  { delegate, id, log, env, isSystemdCgroup }: DelegateRequest,
  command: readonly string[],
): Plan {
  const before = [
    posix.basename(delegate.path),
    ...delegateArguments(delegate, log),
    ...(isSystemdCgroup ? ["--systemd-cgroup"] : []),
    ...command,
  ];
  return {
    ops: [
      ...settings,
      { kind: "stage", stage: "host" },
      ...host,
      { kind: "stage", stage: "clone" },
      { kind: "delegate", path: delegate.path, before, after: [id], env, cwd: "/" },
    ],
    warnings: [],
  };
}
