import { CAPABILITIES } from "../spec/capabilities.ts";
import { toBigInt } from "../spec/int64.ts";
import {
  IO_PRIORITY_CLASSES,
  MAX_MEMORY_NODE,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  PERSONALITY_DOMAINS,
  SCHEDULER_FLAGS,
  SCHEDULER_POLICIES,
} from "../spec/kernel-names.ts";
import { type NumberRange, parseRanges } from "../spec/ranges.ts";
import { RLIMITS } from "../spec/rlimits.ts";
import type { Capabilities, Linux, Process, ValidProcess } from "../spec/types.ts";
import { PlanError } from "./errors.ts";
import type { HostFacts, SeccompProgram } from "./input.ts";
import type { Op, OpOf } from "./op.ts";
import { isNotifying } from "./seccomp-listener.ts";

const DEFAULT_UMASK = 0o022;

/** What the process is limited to; set from outside, before it is anything else. */
export function compileLimits(process: Process, facts: HostFacts, hasUserNamespace: boolean): Op[] {
  const ops: Op[] = (process.rlimits ?? []).flatMap((rlimit): Op[] => {
    const resource = RLIMITS[rlimit.type];
    if (resource === undefined) return [];
    return [{ kind: "rlimit", resource, soft: toBigInt(rlimit.soft), hard: toBigInt(rlimit.hard) }];
  });
  const nofile = facts.inheritedNofile;
  if (nofile !== undefined && !process.rlimits?.some((rlimit) => rlimit.type === "RLIMIT_NOFILE")) {
    ops.push({ kind: "rlimit", resource: RLIMITS["RLIMIT_NOFILE"] ?? 7, ...nofile });
  }
  if (process.oomScoreAdj !== undefined) {
    // Inside a user namespace nobody may lower it, whatever the host's rights.
    ops.push({
      kind: "oom-score-adj",
      value: process.oomScoreAdj,
      tolerate: hasUserNamespace || facts.isInUserNamespace === true,
    });
  }
  return ops;
}

/** What was asked for that has no effect goes to `warnings`. */
export interface AttributeOps {
  readonly ops: readonly Op[];
  readonly warnings: readonly string[];
}

/**
 * Scheduler, I/O priority, personality and memory policy: kept over execve, set in this order while the process is
 * still root, and before a filter that may forbid the calls.
 */
export function compileAttributes(process: Process, linux: Linux | undefined): AttributeOps {
  const { scheduler, ioPriority } = process;
  const ops: Op[] = [];
  if (scheduler !== undefined) {
    ops.push({
      kind: "scheduler",
      policy: SCHEDULER_POLICIES[scheduler.policy] ?? 0,
      flags: (scheduler.flags ?? []).reduce((flags, name) => flags | (SCHEDULER_FLAGS[name] ?? 0n), 0n),
      nice: scheduler.nice ?? 0,
      priority: scheduler.priority ?? 0,
      runtime: toBigInt(scheduler.runtime ?? 0),
      deadline: toBigInt(scheduler.deadline ?? 0),
      period: toBigInt(scheduler.period ?? 0),
    });
  }
  if (ioPriority !== undefined) {
    const number = IO_PRIORITY_CLASSES[ioPriority.class] ?? 0;
    ops.push({ kind: "io-priority", class: number, level: ioPriority.priority ?? 0 });
  }
  if (linux?.personality !== undefined) {
    ops.push({ kind: "personality", domain: PERSONALITY_DOMAINS[linux.personality.domain] ?? 0 });
  }
  const { mode, flags: policyFlags = [], nodes = "" } = linux?.memoryPolicy ?? {};
  if (mode !== undefined) {
    ops.push({
      kind: "memory-policy",
      mode: policyFlags.reduce(
        (bits, name) => bits | (MEMORY_POLICY_FLAGS[name] ?? 0),
        MEMORY_POLICY_MODES[mode] ?? 0,
      ),
      nodes: parseRanges(nodes, MAX_MEMORY_NODE) ?? [],
    });
  }
  // The specification knows no flag yet; runc takes and ignores them too.
  const flags = linux?.personality?.flags ?? [];
  const warnings = flags.length === 0 ? [] : [`linux.personality.flags have no effect: ${flags.join(", ")}`];
  return { ops, warnings };
}

/**
 * The CPUs of a process, in stage `child`: after it has entered its cgroup, whose cpuset is the limit in any case.
 *
 * @param final undefined: every CPU, so that nobody inherits what the runtime was confined to
 */
export function compileAffinity(final: readonly NumberRange[] | undefined): OpOf<"cpu-affinity"> {
  return { kind: "cpu-affinity", cpus: final ?? [], tolerate: final === undefined };
}

/** Security labels for the coming execve. @throws {PlanError} when the host has no such module */
export function compileLabels(process: Process, facts: HostFacts): Op[] {
  const ops: Op[] = [];
  if (process.apparmorProfile) {
    if (!facts.isAppArmorEnabled) {
      throw new PlanError(
        "no-apparmor",
        `process.apparmorProfile ${process.apparmorProfile}: the host has no AppArmor`,
      );
    }
    ops.push({ kind: "apparmor", profile: process.apparmorProfile });
  }
  if (process.selinuxLabel) {
    if (!facts.isSeLinuxEnabled) {
      throw new PlanError(
        "no-selinux",
        `process.selinuxLabel ${process.selinuxLabel}: the host has no SELinux`,
      );
    }
    ops.push({ kind: "selinux", label: process.selinuxLabel, which: "exec" });
  }
  return ops;
}

/** What becoming the process's user takes, in stage `enter`. */
export interface IdentityOps {
  readonly ops: readonly Op[];
  readonly warnings: readonly string[];
}

/**
 * From root of the container to the process's own identity: no_new_privs, seccomp, cwd, capabilities, user and groups.
 *
 * Without no_new_privs only a privileged process may load a filter, so it is loaded first and has to let the rest
 * pass; with it, the filter comes as late as can be: `compileExecStage`.
 *
 * @throws {PlanError} code "rootless-groups"
 */
export function compileIdentity(
  process: Process,
  facts: HostFacts,
  options: { readonly createCwd: boolean; readonly seccomp: SeccompProgram | undefined },
): IdentityOps {
  const { user } = process;
  const groups = user.additionalGids ?? [];
  if (facts.isRootless && groups.length > 0) {
    throw new PlanError(
      "rootless-groups",
      "process.user.additionalGids: only root may set additional groups",
    );
  }
  const capabilities = compileCapabilities(process.capabilities, facts.capLastCap);
  const isNoNewPrivileges = process.noNewPrivileges === true;
  return {
    ops: [
      ...(isNoNewPrivileges ? [{ kind: "no-new-privs" } as const] : []),
      ...(options.seccomp !== undefined && !isNoNewPrivileges ? [seccompOp(options.seccomp)] : []),
      { kind: "cwd", path: process.cwd, create: options.createCwd },
      ...capabilities.ops,
      {
        kind: "identity",
        uid: user.uid,
        gid: user.gid,
        groups,
        setGroups: !facts.isRootless,
        umask: user.umask ?? DEFAULT_UMASK,
        chownStdio: true,
      },
      // Its listener is handed over while the parent still listens: in stage `exec` it no longer does.
      ...(options.seccomp !== undefined && isNoNewPrivileges && isNotifying(options.seccomp)
        ? [seccompOp(options.seccomp)]
        : []),
    ],
    warnings: capabilities.warnings,
  };
}

/**
 * Stage `exec`: the filter of a process with no_new_privs, hooks, execve. The filter stands before the hooks, which come
 * from the image; nothing but them and execve has to pass it.
 */
export function compileExecStage(
  process: ValidProcess,
  seccomp: SeccompProgram | undefined,
  hooks: readonly Op[],
): Op[] {
  const env = lastOfEach(process.env ?? []);
  const isHomeless = !env.some((entry) => entry.startsWith("HOME=") && entry !== "HOME=");
  return [
    { kind: "stage", stage: "exec" },
    ...(seccomp !== undefined && process.noNewPrivileges && !isNotifying(seccomp)
      ? [seccompOp(seccomp)]
      : []),
    ...hooks,
    {
      kind: "exec",
      argv: process.args,
      env: isHomeless ? env.filter((entry) => entry !== "HOME=") : env,
      setHome: isHomeless,
    },
  ];
}

/** Of several entries with one name the last counts and stays where it is, as with runc. */
export function lastOfEach(env: readonly string[]): string[] {
  const last = new Map(env.map((entry, index) => [nameOf(entry), index]));
  return env.filter((entry, index) => last.get(nameOf(entry)) === index);
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf("="));
}

function seccompOp({ flags, program }: SeccompProgram): OpOf<"seccomp"> {
  return { kind: "seccomp", flags, program };
}

/** No `capabilities` at all: the process keeps what execve and the change of user leave it. */
function compileCapabilities(capabilities: Capabilities | undefined, lastCap: number): IdentityOps {
  if (capabilities === undefined) return { ops: [], warnings: [] };
  const unknown = new Set<string>();
  const bits = (names: readonly string[] | undefined): bigint =>
    (names ?? []).reduce((set, name) => {
      const bit = CAPABILITIES.indexOf(name);
      if (bit >= 0 && bit <= lastCap) return set | (1n << BigInt(bit));
      unknown.add(name);
      return set;
    }, 0n);
  const op: OpOf<"capabilities"> = {
    kind: "capabilities",
    bounding: bits(capabilities.bounding),
    effective: bits(capabilities.effective),
    permitted: bits(capabilities.permitted),
    inheritable: bits(capabilities.inheritable),
    ambient: bits(capabilities.ambient),
  };
  // The specification wants a warning, not an error: config.md, "Linux Process".
  const warnings =
    unknown.size === 0 ? [] : [`unknown or unavailable capabilities: ${[...unknown].join(", ")}`];
  // capabilities(7): ambient is what is permitted and inheritable.
  const ambient = op.ambient & op.permitted & op.inheritable;
  for (const [bit, name] of CAPABILITIES.entries()) {
    if (((op.ambient & ~ambient) >> BigInt(bit)) & 1n)
      warnings.push(`can't raise ambient capability ${name}: it is not both permitted and inheritable`);
  }
  return { ops: [{ ...op, ambient }], warnings };
}
