import { MAX_CPU } from "../spec/kernel-names.ts";
import { type NumberRange, parseRanges } from "../spec/ranges.ts";
import { assertSeccompCompiled, keyringOp } from "./create.ts";
import type { ExecPlanInput, HostFacts } from "./input.ts";
import { compileNamespaces } from "./namespaces.ts";
import type { Op, Plan } from "./op.ts";
import {
  compileAffinity,
  compileAttributes,
  compileExecStage,
  compileIdentity,
  compileLabels,
  compileLimits,
} from "./process.ts";
import { compileSeccompListener } from "./seccomp-listener.ts";
import { compileSupervision } from "./supervision.ts";

/**
 * Compile an additional process of a running container: it joins the namespaces of the container's init and its
 * cgroup, and is prepared as init was. No limits of the container are touched and no hooks run.
 *
 * @throws {PlanError} when this host cannot run the process
 */
export function compileExecPlan(input: ExecPlanInput, facts: HostFacts): Plan {
  const { process, cgroup } = input;
  assertSeccompCompiled(input);
  const namespaces = compileNamespaces(input.spec);
  const hasMountNamespace = namespaces.own.has("mount");
  const initial = cpusOf(process.execCPUAffinity?.initial);
  const final = cpusOf(process.execCPUAffinity?.final);
  const attributes = compileAttributes(process, input.spec.linux);
  const identity = compileIdentity(process, facts, { createCwd: false, seccomp: input.seccomp });
  const ops: Op[] = [
    ...compileSupervision(input.supervision, process, { isInit: false, oomFile: "", execFifo: "" }),
    ...(initial === undefined ? [] : [{ kind: "initial-cpus", cpus: initial } as const]),
    ...compileSeccompListener(input.spec, input.seccomp, {
      id: input.id,
      bundle: input.bundle,
      status: "running",
      pid: input.target.pid,
    }),
    { kind: "stage", stage: "host" },
    ...cgroup.joins.map(({ path, tolerate }): Op => ({ kind: "cgroup-join", path, tolerate })),
    {
      kind: "join-target",
      pid: input.target.pid,
      startTime: input.target.startTime,
      mask: namespaces.mask,
    },
    ...(hasMountNamespace ? [] : [{ kind: "target-root" } as const]),
    { kind: "stage", stage: "clone" },
    { kind: "clone", flags: 0n, cgroupDir: cgroup.cloneInto ?? "", joins: [], offsets: [] },
    { kind: "stage", stage: "parent" },
    ...compileLimits(process, facts, namespaces.own.has("user")),
    { kind: "stage", stage: "child" },
    // With an initial affinity alone the process stays where it was born.
    ...(initial !== undefined && final === undefined ? [] : [compileAffinity(final)]),
    ...(input.noNewKeyring ? [] : [keyringOp(input.id, 0)]),
    { kind: "stage", stage: "enter" },
    // No namespace leads to the container's root: it is a directory of the host's.
    ...(hasMountNamespace ? [] : [{ kind: "pivot", method: "chroot", propagation: 0n } as const]),
    ...(process.terminal ? [{ kind: "console" } as const] : []),
    ...compileLabels(process, facts),
    ...attributes.ops,
    ...identity.ops,
    ...compileExecStage(process, input.seccomp, []),
  ];
  return { ops, warnings: identity.warnings };
}

function cpusOf(list: string | undefined): readonly NumberRange[] | undefined {
  return list ? parseRanges(list, MAX_CPU) : undefined;
}
