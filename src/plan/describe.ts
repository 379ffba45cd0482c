import { assertNever } from "../core/assert-never.ts";
import { CAPABILITIES } from "../spec/capabilities.ts";
import { IO_PRIORITY_CLASSES, PERSONALITY_DOMAINS, SCHEDULER_POLICIES } from "../spec/kernel-names.ts";
import type { NumberRange } from "../spec/ranges.ts";
import { RLIMITS } from "../spec/rlimits.ts";
import { describeAttributes, describeMountFlags, describeNamespaces } from "./describe-flags.ts";
import {
  LOOP_DIRECT_IO,
  LOOP_READ_ONLY,
  MOUNT_CGROUP_FALLBACK,
  MOUNT_ID_MAP_RECURSIVE,
  MOUNT_ID_MAP_SHIFT,
  MOUNT_READONLY_LATER,
  MOUNT_REAL_DIRECTORY,
  MOUNT_TAKE_MODE,
  MOUNT_TMPCOPYUP,
} from "./mount-bits.ts";
import type { IdRange, Op, OpOf, Plan } from "./op.ts";

/** A plan for people: warnings, then one line for each operation, indented below its stage. */
export function describePlan(plan: Plan): string {
  const lines = [
    "settings:",
    ...plan.ops.map((op) => (op.kind === "stage" ? `${op.stage}:` : `  ${describeOp(op)}`)),
  ];
  return [...plan.warnings.map((warning) => `warning: ${warning}`), ...lines].join("\n");
}

/**
 * A plan as a value for JSON: operations as in op.ts, 64-bit fields as integers (write it with `stringifyJson`), programs
 * as hexadecimal text.
 */
export function planToJson(plan: Plan): {
  readonly warnings: readonly string[];
  readonly ops: readonly unknown[];
} {
  return { warnings: plan.warnings, ops: plan.ops.map(opToJson) };
}

function opToJson(op: Op): unknown {
  if (op.kind === "criu") return { ...op, request: Buffer.from(op.request).toString("hex") };
  return "program" in op ? { ...op, program: Buffer.from(op.program).toString("hex") } : op;
}

/** One operation as one line. */
export function describeOp(op: Op): string {
  switch (op.kind) {
    case "monitor":
      return words(
        `monitor ${op.mode}, ${op.isInit ? "init" : "exec"}, records in ${quote(op.dir)}`,
        op.oomFile && `oom from ${quote(op.oomFile)}`,
      );
    case "stdio":
      return `fd ${op.fd} is ${op.target}${op.path && ` ${quote(op.path)}`}`;
    case "terminal":
      return words(
        `terminal of ${op.rows} rows, ${op.cols} columns`,
        op.consoleSocket ? `master to ${quote(op.consoleSocket)}` : "master kept by the monitor",
      );
    case "logger":
      return `logger ${quote(op.path)} ${quoteAll(op.argv)} env ${quoteAll(op.env)}${op.needsByte ? ", ready byte" : ""}`;
    case "keep-fds":
      return `keep ${op.count} descriptors from 3 on`;
    case "exec-fifo":
      return `wait for start at ${quote(op.path)}`;
    case "pidfd-socket":
      return `send the pidfd to ${quote(op.path)}`;
    case "initial-cpus":
      return `born on CPUs ${describeRanges(op.cpus)}`;
    case "seccomp-listener":
      return `seccomp listener to ${quote(op.path)} with ${op.parts.join("PID")}`;
    case "stage":
      return `stage ${op.stage}`;
    case "mkdir":
      return `mkdir ${quote(op.path)} mode ${octal(op.mode)}`;
    case "write-file":
      return `write ${quote(op.value)} to ${quote(op.path)}${op.tolerate === 0 ? "" : `, tolerate ${op.tolerate}`}`;
    case "fill-file":
      return `fill ${quote(op.path)} from ${quote(op.from)} when blank`;
    case "device-program":
      return `attach a device filter of ${op.program.length / 8} instructions to ${quote(op.cgroupDir)}${tolerated(op)}`;
    case "cgroup-join":
      return `join cgroup by ${quote(op.path)}${tolerated(op)}`;
    case "host-mount":
      return describeHostMount(op);
    case "host-umount":
      return `unmount everything at and below ${quote(op.path)}`;
    case "host-unbind":
      return `unmount mount ${op.id} at ${quote(op.path)} and what is on it`;
    case "target-root":
      return "open the root of the process to join";
    case "signal":
      return `signal ${op.signal} to process ${op.pid} started at ${op.startTime}`;
    case "remove-dir":
      return `rmdir ${quote(op.path)}`;
    case "clone":
      return words(
        `clone ${describeNamespaces(op.flags)}`,
        op.cgroupDir && `into ${quote(op.cgroupDir)}`,
        ...op.joins.map((join) => `join ${describeNamespaces(BigInt(join.type))} ${quote(join.path)}`),
        ...op.offsets.map((offset) => `clock ${offset.clock} + ${offset.secs} s ${offset.nanos} ns`),
      );
    case "join-target":
      return `join ${describeNamespaces(op.mask)} of process ${op.pid} started at ${op.startTime}`;
    case "id-map":
      return words(
        `map ${op.which}s`,
        ...op.map.map(describeIdRange),
        op.denySetgroups && "setgroups denied",
      );
    case "mount-id-map":
      return words(`id map for mounts${op.path && ` of ${quote(op.path)}`}`, ...describeIdMap(op));
    case "rlimit":
      return `rlimit ${nameIn(RLIMITS, op.resource)} soft ${op.soft} hard ${op.hard}`;
    case "oom-score-adj":
      return `oom_score_adj ${op.value}${tolerated(op)}`;
    case "net-device":
      return words(`move network device ${quote(op.name)}`, op.newName && `renamed ${quote(op.newName)}`);
    case "cpu-affinity":
      return `run on ${op.cpus.length === 0 ? "every CPU" : `CPUs ${describeRanges(op.cpus)}`}${tolerated(op)}`;
    case "host-rootfs":
      return words(
        `rootfs ${quote(op.path)} in the host's own tree, noted in ${quote(op.records)}`,
        describeExpected(op),
      );
    case "rootfs":
      return words(
        `rootfs ${quote(op.path)}, host tree ${describeMountFlags(op.propagation)}`,
        describeExpected(op),
      );
    case "mount":
      return describeMount(op);
    case "make-dir":
      return `make directory ${quote(op.target)} mode ${octal(op.mode)}`;
    case "symlink":
      return `symlink ${quote(op.target)} to ${quote(op.text)}${op.replace ? ", replacing" : ""}`;
    case "device":
      return words(
        `device ${quote(op.target)} ${op.type} ${op.major}:${op.minor} mode ${octal(op.mode)} owner ${op.uid}:${op.gid}`,
        op.bind && "bound from the host",
      );
    case "remount":
      return `remount ${quote(op.target)} ${describeMountFlags(op.flags)}`;
    case "console":
      return "open the console";
    case "pivot":
      return words(op.method, op.propagation !== 0n && `new root ${describeMountFlags(op.propagation)}`);
    case "mask":
      return `mask ${quoteAll(op.paths)}`;
    case "readonly-paths":
      return `make read-only ${quoteAll(op.paths)}`;
    case "sysctl":
      return `sysctl ${quote(op.name)} = ${quote(op.value)}`;
    case "hostname":
      return `hostname ${quote(op.name)}`;
    case "domainname":
      return `domainname ${quote(op.name)}`;
    case "delegate":
      return words(
        `delegate to ${quote(op.path)} ${[...op.before.slice(1), ...op.after].map(quote).join(" ")}`,
      );
    case "criu":
      return words(
        `criu ${quote(op.path)} request of ${op.request.length} bytes`,
        op.root && `root ${quote(op.root)}`,
        op.cgroupDir && `in ${quote(op.cgroupDir)}`,
        ...op.files.map(
          ({ path, isWrite }, index) =>
            `fd ${op.firstFd + 3 + index} ${isWrite ? "writes" : "is"} ${quote(path)}`,
        ),
      );
    case "mount-points":
      return words(
        `mount points in ${quote(op.root)}`,
        op.dirs.length > 0 && `directories ${quoteAll(op.dirs)}`,
        op.files.length > 0 && `files ${quoteAll(op.files)}`,
      );
    case "fault":
      return op.action === "fail" ? `fail with errno ${op.errno}` : op.action;
    case "caller":
      return words(`on behalf of process ${op.pid}`, op.lock && `that holds ${quote(op.lock)}`);
    case "hook":
      return describeHook(op);
    case "loopback-up":
      return "bring loopback up";
    case "keyring":
      return `session keyring ${quote(op.name)}${op.addPerm === 0 ? "" : `, add permission 0x${op.addPerm.toString(16)}`}`;
    case "no-new-privs":
      return "no new privileges";
    case "scheduler":
      return words(
        `scheduler ${nameIn(SCHEDULER_POLICIES, op.policy)} flags 0x${op.flags.toString(16)}`,
        `nice ${op.nice} priority ${op.priority}`,
        op.period !== 0n && `runtime ${op.runtime} deadline ${op.deadline} period ${op.period} ns`,
      );
    case "io-priority":
      return `I/O priority ${nameIn(IO_PRIORITY_CLASSES, op.class)} ${op.level}`;
    case "personality":
      return `personality ${nameIn(PERSONALITY_DOMAINS, op.domain)}`;
    case "memory-policy":
      return `memory policy 0x${op.mode.toString(16)} nodes ${describeRanges(op.nodes)}`;
    case "seccomp":
      return `seccomp filter of ${op.program.length / 8} instructions, flags 0x${op.flags.toString(16)}`;
    case "identity":
      return words(
        `become ${op.uid}:${op.gid}`,
        op.setGroups ? `groups [${op.groups.join(" ")}]` : "groups as they are",
        `umask ${octal(op.umask)}`,
        op.chownStdio && "own stdio",
      );
    case "capabilities":
      return words(
        `capabilities bounding ${describeCapabilities(op.bounding)}`,
        `effective ${describeCapabilities(op.effective)}`,
        `permitted ${describeCapabilities(op.permitted)}`,
        `inheritable ${describeCapabilities(op.inheritable)}`,
        `ambient ${describeCapabilities(op.ambient)}`,
      );
    case "cwd":
      return `chdir to ${quote(op.path)}${op.create ? ", creating it" : ""}`;
    case "apparmor":
      return `AppArmor profile ${quote(op.profile)} on exec`;
    case "selinux":
      return `SELinux label ${quote(op.label)} for ${op.which === "exec" ? "exec" : "keys"}`;
    case "exec":
      return `exec ${quoteAll(op.argv)} env ${quoteAll(op.env)}${op.setHome ? ", HOME from passwd" : ""}`;
    default:
      return assertNever(op, "operation");
  }
}

function describeIdRange({ inside, outside, count }: IdRange): string {
  return `${inside} to ${outside} (${count})`;
}

function describeMount(op: OpOf<"mount">): string {
  const idMap = op.options >>> MOUNT_ID_MAP_SHIFT;
  return words(
    `mount ${op.fstype} ${quote(op.source)} on ${quote(op.target)}`,
    op.flags !== 0n && describeMountFlags(op.flags),
    op.cleared !== 0n && `without ${describeMountFlags(op.cleared)}`,
    op.data && `data ${quote(op.data)}`,
    ...op.propagation.map((flags) => `then ${describeMountFlags(flags)}`),
    (op.attrSet | op.attrClear) !== 0n &&
      `recursively set ${describeAttributes(op.attrSet)} clear ${describeAttributes(op.attrClear)}`,
    (op.options & MOUNT_REAL_DIRECTORY) !== 0 && "on a real directory",
    (op.options & MOUNT_TMPCOPYUP) !== 0 && "copying up",
    (op.options & MOUNT_TAKE_MODE) !== 0 && "with the mode below",
    (op.options & MOUNT_READONLY_LATER) !== 0 && "read-only later",
    (op.options & MOUNT_CGROUP_FALLBACK) !== 0 && "or else bound",
    idMap !== 0 && `id map ${idMap}${(op.options & MOUNT_ID_MAP_RECURSIVE) === 0 ? "" : " recursively"}`,
  );
}

function describeExpected({ device, inode }: OpOf<"rootfs" | "host-rootfs">): string | false {
  return (device !== 0n || inode !== 0n) && `only inode ${inode} of device ${device}`;
}

function describeHostMount(op: OpOf<"host-mount">): string {
  const target = op.target === "" ? quote(op.root) : `${quote(op.target)} below ${quote(op.root)}`;
  return words(
    `host mount ${op.fstype || "-"} ${quote(op.source)} on ${target}`,
    op.flags !== 0n && describeMountFlags(op.flags),
    op.data && `data ${quote(op.data)}`,
    op.cwd && `from ${quote(op.cwd)}`,
    op.loop !== 0 && `loop device ${(op.loop & LOOP_READ_ONLY) === 0 ? "read-write" : "read-only"}`,
    (op.loop & LOOP_DIRECT_IO) !== 0 && "direct I/O",
    ...describeIdMap(op),
    op.lowers.length > 0 && `mapped ${quoteAll(op.lowers)}`,
  );
}

function describeIdMap(of: OpOf<"host-mount" | "mount-id-map">): string[] {
  const describe = (which: string, ranges: readonly IdRange[]) =>
    ranges.map((range) => `${which} ${describeIdRange(range)}`);
  return [...describe("uid", of.uids), ...describe("gid", of.gids)];
}

function describeHook(op: OpOf<"hook">): string {
  return words(
    `${op.name}: ${quote(op.path)} ${quoteAll(op.argv)} env ${quoteAll(op.env)} in ${quote(op.cwd)}`,
    op.timeoutMs !== 0 && `timeout ${op.timeoutMs} ms`,
    `stdin ${op.stdinBefore}${op.hasPid ? "PID" : ""}${op.stdinAfter}`,
    op.tolerate && "failure tolerated",
  );
}

function describeCapabilities(set: bigint): string {
  const names = CAPABILITIES.filter((_name, bit) => (set >> BigInt(bit)) & 1n);
  return `[${names.map((name) => name.slice("CAP_".length).toLowerCase()).join(" ")}]`;
}

function nameIn(table: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);
}

function describeRanges(ranges: readonly NumberRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(",") || "-";
}

function tolerated(op: { readonly tolerate: boolean }): string {
  return op.tolerate ? ", failure tolerated" : "";
}

/** Parts of a sentence, without those that do not apply. */
function words(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== "").join(", ");
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}

/** As it is when nothing in it could be misread on one line, otherwise in JSON's quotes. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text);
}
