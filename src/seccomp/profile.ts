import { ByteWriter } from "../core/byte-writer.ts";
import { toBigInt } from "../spec/int64.ts";
import { usesNotify } from "../spec/rules-seccomp.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHS,
  SECCOMP_ERRNO_ACTIONS,
  SECCOMP_FLAG_NEW_LISTENER,
  SECCOMP_FLAG_WAIT_KILLABLE,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "../spec/seccomp-names.ts";
import type { Seccomp, SeccompArg } from "../spec/types.ts";

const MAGIC = [0x47, 0x53, 0x45, 0x43]; // "GSEC"
const VERSION = 1;
const TOTAL_LENGTH_OFFSET = 8;

const EPERM = 1;

/** One rule as libseccomp takes it: all conditions must hold. */
interface Rule {
  readonly action: number;
  readonly syscall: string;
  readonly args: readonly SeccompArg[];
}

/**
 * The profile in wire form: docs/plan-format.md, "Seccomp profile". Every rule is there, also those with the default
 * action, which the compiler skips but learns the newest known system call from.
 *
 * @param seccomp checked by `validateSpec`
 */
export function encodeProfile(seccomp: Seccomp): Uint8Array {
  const rules = rulesOf(seccomp);
  const archs = [...new Set((seccomp.architectures ?? []).map((name) => numberOf(SECCOMP_ARCHS, name)))];
  const out = new ByteWriter();
  for (const byte of MAGIC) out.u8(byte);
  out.u16(VERSION);
  out.u16(0);
  out.u32(0); // the length, known at the end
  // The place of a plan's operation count.
  out.u32(rules.length);
  out.u32(actionOf(seccomp.defaultAction ?? "", seccomp.defaultErrnoRet));
  out.u32(archs.length);
  for (const arch of archs) out.u32(arch);
  out.u32(rules.length);
  for (const rule of rules) encodeRule(out, rule);
  out.patchU32(TOTAL_LENGTH_OFFSET, out.length);
  return out.finish();
}

/**
 * The key of a compiled profile in the cache.
 *
 * @param profile from `encodeProfile`
 * @param compilerVersion of gantry-init: another libseccomp may compile the same profile differently
 * @returns 64 hexadecimal digits
 */
export async function hashProfile(profile: Uint8Array, compilerVersion: string): Promise<string> {
  const bytes = Buffer.concat([Buffer.from(`${compilerVersion}\0`), profile]);
  // Not node:crypto: to load it takes longer than all the rest of preparing a container.
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

/**
 * The flags of seccomp(2). Without `flags` the filter does not slow the processor's speculation down, as with runc and
 * crun; with `flags`, even an empty list, only what it names counts.
 */
export function filterFlags(seccomp: Seccomp): number {
  const names = seccomp.flags ?? ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"];
  const flags = names.reduce((bits, name) => bits | numberOf(SECCOMP_FLAGS, name), 0);
  // Without a listener nobody waits, and the kernel refuses the flag that says how.
  return usesNotify(seccomp) ? flags | SECCOMP_FLAG_NEW_LISTENER : flags & ~SECCOMP_FLAG_WAIT_KILLABLE;
}

function rulesOf(seccomp: Seccomp): Rule[] {
  return (seccomp.syscalls ?? []).flatMap((entry) => {
    const action = actionOf(entry.action, entry.errnoRet);
    return entry.names.flatMap((syscall) =>
      alternatives(entry.args ?? []).map((args): Rule => ({ action, syscall, args })),
    );
  });
}

/**
 * Conditions on different arguments all have to hold; of several on the same argument, which libseccomp
 * refuses in one rule, one is enough: runc makes each condition a rule of its own then.
 */
function alternatives(args: readonly SeccompArg[]): (readonly SeccompArg[])[] {
  const isRepeated = new Set(args.map((arg) => arg.index)).size < args.length;
  return isRepeated ? args.map((arg) => [arg]) : [args];
}

function encodeRule(out: ByteWriter, rule: Rule): void {
  const name = Buffer.from(rule.syscall);
  out.u32(rule.action);
  out.u32(name.length);
  out.raw(name);
  out.u8(0);
  out.u32(rule.args.length);
  for (const arg of rule.args) {
    out.u32(arg.index);
    out.u32(numberOf(SECCOMP_OPERATORS, arg.op));
    out.u64(toBigInt(arg.value));
    out.u64(toBigInt(arg.valueTwo ?? 0));
  }
}

/** ERRNO and TRACE carry an errno, EPERM when none is given. */
function actionOf(name: string, errno: number | undefined): number {
  const action = numberOf(SECCOMP_ACTIONS, name);
  return SECCOMP_ERRNO_ACTIONS.includes(name) ? action + (errno ?? EPERM) : action;
}

function numberOf(table: Readonly<Record<string, number>>, name: string): number {
  const number = Object.hasOwn(table, name) ? table[name] : undefined;
  // validateSpec knows the same tables.
  if (number === undefined)
    throw new TypeError(`${JSON.stringify(name)} is not a name of the seccomp tables`);
  return number;
}
