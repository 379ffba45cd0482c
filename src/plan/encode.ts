import { assertNever } from "../core/assert-never.ts";
import { ByteWriter } from "../core/byte-writer.ts";
import { messageOf } from "../core/errors.ts";
import type { NumberRange } from "../spec/ranges.ts";
import { PlanError } from "./errors.ts";
import {
  type IdRange,
  type MonitorMode,
  OP_NUMBER,
  OP_STAGES,
  type Op,
  type PivotMethod,
  type Plan,
  STAGES,
  type StageName,
  type StdioKind,
} from "./op.ts";

const MAGIC = [0x47, 0x50, 0x4c, 0x4e]; // "GPLN"
const VERSION = 1;
const TOTAL_LENGTH_OFFSET = 8;

export const MAX_PLAN_BYTES = 4 * 1024 * 1024;
export const MAX_OPS = 65536;

/** BPF_MAXINSNS instructions of 8 bytes: the kernel takes no longer filter. */
const MAX_FILTER_BYTES = 4096 * 8;

const FAULT_ACTIONS = ["fail", "kill", "hang"] as const;
const MONITOR_MODES = { none: 0, detached: 1, foreground: 2 } as const satisfies Record<MonitorMode, number>;
const STDIO_KINDS = {
  inherit: 0,
  null: 1,
  fifo: 2,
  file: 3,
  logger: 4,
} as const satisfies Record<StdioKind, number>;
const PIVOT_METHODS = {
  "pivot-root": 0,
  "move-root": 1,
  chroot: 2,
} as const satisfies Record<PivotMethod, number>;

/**
 * A plan in wire form: docs/plan-format.md, "Wire form, version 1".
 *
 * @throws {PlanError} code "unencodable" naming operation and value, for what the form cannot hold: a NUL in a string,
 *   a number out of range, more than 4 MiB, an operation outside its stage
 */
export function encodePlan(plan: Plan): Uint8Array {
  if (plan.ops.length > MAX_OPS) {
    throw new PlanError(
      "unencodable",
      `a plan of ${plan.ops.length} operations, at most ${MAX_OPS} are allowed`,
    );
  }
  const out = new ByteWriter();
  for (const byte of MAGIC) out.u8(byte);
  out.u16(VERSION);
  out.u16(0);
  out.u32(0); // the length, known at the end
  out.u32(plan.ops.length);
  let stage: StageName = "settings";
  for (const [index, op] of plan.ops.entries()) {
    stage = nextStage(stage, op, index);
    encodeOp(out, op, index);
    if (out.length > MAX_PLAN_BYTES) {
      throw new PlanError(
        "unencodable",
        `the plan is larger than ${MAX_PLAN_BYTES} bytes from operation ${index} on`,
      );
    }
  }
  out.patchU32(TOTAL_LENGTH_OFFSET, out.length);
  return out.finish();
}

/** Stages ascend, and each operation stands in one of its own. */
function nextStage(stage: StageName, op: Op, index: number): StageName {
  if (op.kind === "stage") {
    if (STAGES.indexOf(op.stage) > STAGES.indexOf(stage)) return op.stage;
    throw new PlanError(
      "unencodable",
      `operation ${index}: stage ${op.stage} does not follow stage ${stage}`,
    );
  }
  const allowed: readonly StageName[] = OP_STAGES[op.kind];
  if (allowed.includes(stage)) return stage;
  throw new PlanError("unencodable", `operation ${index}: ${op.kind} is not allowed in stage ${stage}`);
}

function encodeOp(out: ByteWriter, op: Op, index: number): void {
  out.u16(OP_NUMBER[op.kind]);
  out.u16(0);
  const lengthOffset = out.length;
  out.u32(0);
  try {
    encodeFields(out, op);
  } catch (error) {
    const message = `operation ${index}, ${op.kind}: ${messageOf(error)}`;
    throw new PlanError("unencodable", message, { cause: error });
  }
  out.patchU32(lengthOffset, out.length - lengthOffset - 4);
}

function encodeFields(out: ByteWriter, op: Op): void {
  switch (op.kind) {
    case "monitor":
      out.u8(MONITOR_MODES[op.mode]);
      str(out, op.dir);
      bool(out, op.isInit);
      str(out, op.oomFile);
      break;
    case "stdio":
      out.u8(op.fd);
      out.u8(STDIO_KINDS[op.target]);
      str(out, op.path);
      break;
    case "terminal":
      out.u16(op.rows);
      out.u16(op.cols);
      str(out, op.consoleSocket);
      break;
    case "logger":
      str(out, op.path);
      list(out, op.argv, str);
      list(out, op.env, str);
      bool(out, op.needsByte);
      break;
    case "keep-fds":
      out.u32(op.count);
      break;
    case "exec-fifo":
    case "host-umount":
    case "remove-dir":
      str(out, op.path);
      break;
    case "pidfd-socket":
      str(out, op.path);
      break;
    case "initial-cpus":
      ranges(out, op.cpus);
      break;
    case "seccomp-listener":
      str(out, op.path);
      list(out, op.parts, str);
      break;
    case "stage":
      out.u8(STAGES.indexOf(op.stage));
      break;
    case "mkdir":
      str(out, op.path);
      out.u32(op.mode);
      break;
    case "write-file":
      str(out, op.path);
      str(out, op.value);
      out.u32(op.tolerate);
      break;
    case "fill-file":
      str(out, op.path);
      str(out, op.from);
      break;
    case "device-program":
      str(out, op.cgroupDir);
      bytes(out, op.program);
      bool(out, op.tolerate);
      break;
    case "cgroup-join":
      str(out, op.path);
      bool(out, op.tolerate);
      break;
    case "host-mount":
      str(out, op.root);
      str(out, op.target);
      str(out, op.source);
      str(out, op.fstype);
      out.u64(op.flags);
      str(out, op.data);
      str(out, op.cwd);
      out.u8(op.loop);
      list(out, op.uids, idRange);
      list(out, op.gids, idRange);
      list(out, op.lowers, str);
      break;
    case "host-unbind":
      str(out, op.path);
      out.u32(op.id);
      out.u64(op.uniqueId);
      break;
    case "signal":
      out.u32(op.pid);
      out.u64(op.startTime);
      out.u32(op.signal);
      break;
    case "clone":
      out.u64(op.flags);
      str(out, op.cgroupDir);
      list(out, op.joins, (_out, join) => {
        out.u32(join.type);
        str(out, join.path);
      });
      list(out, op.offsets, (_out, offset) => {
        out.u32(offset.clock);
        out.i64(offset.secs);
        out.u32(offset.nanos);
      });
      break;
    case "join-target":
      out.u32(op.pid);
      out.u64(op.startTime);
      out.u64(op.mask);
      break;
    case "id-map":
      out.u8(op.which === "uid" ? 0 : 1);
      bool(out, op.denySetgroups);
      list(out, op.map, idRange);
      break;
    case "mount-id-map":
      str(out, op.path);
      list(out, op.uids, idRange);
      list(out, op.gids, idRange);
      break;
    case "rlimit":
      out.u32(op.resource);
      out.u64(op.soft);
      out.u64(op.hard);
      break;
    case "oom-score-adj":
      out.i32(op.value);
      bool(out, op.tolerate);
      break;
    case "net-device":
      str(out, op.name);
      str(out, op.newName);
      break;
    case "cpu-affinity":
      ranges(out, op.cpus);
      bool(out, op.tolerate);
      break;
    case "host-rootfs":
      str(out, op.path);
      str(out, op.records);
      out.u64(op.device);
      out.u64(op.inode);
      break;
    case "rootfs":
      str(out, op.path);
      out.u64(op.propagation);
      out.u64(op.device);
      out.u64(op.inode);
      break;
    case "mount":
      str(out, op.source);
      str(out, op.target);
      str(out, op.fstype);
      out.u64(op.flags);
      out.u64(op.cleared);
      list(out, op.propagation, (_out, flags) => out.u64(flags));
      str(out, op.data);
      out.u64(op.attrSet);
      out.u64(op.attrClear);
      out.u32(op.options);
      break;
    case "make-dir":
      str(out, op.target);
      out.u32(op.mode);
      break;
    case "symlink":
      str(out, op.target);
      str(out, op.text);
      bool(out, op.replace);
      break;
    case "device":
      str(out, op.target);
      out.u8(op.type.charCodeAt(0));
      out.u32(op.major);
      out.u32(op.minor);
      out.u32(op.mode);
      out.u32(op.uid);
      out.u32(op.gid);
      bool(out, op.bind);
      break;
    case "remount":
      str(out, op.target);
      out.u64(op.flags);
      break;
    case "pivot":
      out.u8(PIVOT_METHODS[op.method]);
      out.u64(op.propagation);
      break;
    case "mask":
    case "readonly-paths":
      list(out, op.paths, str);
      break;
    case "sysctl":
      str(out, op.name);
      str(out, op.value);
      break;
    case "hostname":
    case "domainname":
      str(out, op.name);
      break;
    case "fault":
      out.u32(op.errno);
      out.u8(FAULT_ACTIONS.indexOf(op.action));
      break;
    case "caller":
      out.u32(op.pid);
      str(out, op.lock);
      break;
    case "delegate":
      str(out, op.path);
      list(out, op.before, str);
      list(out, op.after, str);
      list(out, op.env, str);
      str(out, op.cwd);
      break;
    case "criu":
      str(out, op.path);
      list(out, op.env, str);
      out.u32(op.request.length);
      out.raw(op.request);
      out.u32(op.firstFd);
      list(out, op.files, (_out, file) => {
        str(out, file.path);
        bool(out, file.isWrite);
      });
      str(out, op.root);
      str(out, op.cgroupDir);
      break;
    case "mount-points":
      str(out, op.root);
      list(out, op.dirs, str);
      list(out, op.files, str);
      break;
    case "hook":
      str(out, op.name);
      str(out, op.path);
      list(out, op.argv, str);
      list(out, op.env, str);
      str(out, op.cwd);
      out.u32(op.timeoutMs);
      str(out, op.stdinBefore);
      str(out, op.stdinAfter);
      bool(out, op.hasPid);
      bool(out, op.tolerate);
      break;
    case "target-root":
    case "console":
    case "loopback-up":
    case "no-new-privs":
      break;
    case "scheduler":
      out.u32(op.policy);
      out.u64(op.flags);
      out.i32(op.nice);
      out.u32(op.priority);
      out.u64(op.runtime);
      out.u64(op.deadline);
      out.u64(op.period);
      break;
    case "io-priority":
      out.u8(op.class);
      out.u8(op.level);
      break;
    case "personality":
      out.u32(op.domain);
      break;
    case "memory-policy":
      out.u32(op.mode);
      ranges(out, op.nodes);
      break;
    case "keyring":
      str(out, op.name);
      out.u32(op.addPerm);
      break;
    case "seccomp":
      if (op.program.length > MAX_FILTER_BYTES) {
        const count = Math.ceil(op.program.length / 8);
        throw new RangeError(`a filter of ${count} instructions, the kernel takes ${MAX_FILTER_BYTES / 8}`);
      }
      out.u32(op.flags);
      bytes(out, op.program);
      break;
    case "identity":
      out.u32(op.uid);
      out.u32(op.gid);
      list(out, op.groups, (_out, group) => out.u32(group));
      bool(out, op.setGroups);
      out.u32(op.umask);
      bool(out, op.chownStdio);
      break;
    case "capabilities":
      out.u64(op.bounding);
      out.u64(op.effective);
      out.u64(op.permitted);
      out.u64(op.inheritable);
      out.u64(op.ambient);
      break;
    case "cwd":
      str(out, op.path);
      bool(out, op.create);
      break;
    case "apparmor":
      str(out, op.profile);
      break;
    case "selinux":
      str(out, op.label);
      out.u8(op.which === "exec" ? 0 : 1);
      break;
    case "exec":
      list(out, op.argv, str);
      list(out, op.env, str);
      bool(out, op.setHome);
      break;
    default:
      assertNever(op, "operation");
  }
}

const UTF8 = new TextEncoder();

function str(out: ByteWriter, text: string): void {
  if (text.includes("\0")) throw new RangeError(`${JSON.stringify(text)} contains a NUL byte`);
  const encoded = UTF8.encode(text);
  out.u32(encoded.length);
  out.raw(encoded);
  out.u8(0);
}

function bytes(out: ByteWriter, value: Uint8Array): void {
  if (value.length === 0 || value.length % 8 !== 0) {
    throw new RangeError(`a program of ${value.length} bytes, not of whole 8-byte instructions`);
  }
  out.u32(value.length);
  out.raw(value);
}

function bool(out: ByteWriter, value: boolean): void {
  out.u8(value ? 1 : 0);
}

function idRange(out: ByteWriter, range: IdRange): void {
  out.u32(range.inside);
  out.u32(range.outside);
  out.u32(range.count);
}

function ranges(out: ByteWriter, items: readonly NumberRange[]): void {
  list(out, items, (_out, range) => {
    out.u32(range.first);
    out.u32(range.last);
  });
}

function list<Item>(
  out: ByteWriter,
  items: readonly Item[],
  encodeItem: (out: ByteWriter, item: Item) => void,
): void {
  out.u32(items.length);
  for (const item of items) encodeItem(out, item);
}
