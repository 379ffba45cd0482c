import type { Problem } from "./errors.ts";
import type { Draft } from "./rules-spec.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHS,
  SECCOMP_ERRNO_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_NOTIFY,
  SECCOMP_OPERATORS,
} from "./seccomp-names.ts";
import type { Seccomp } from "./types.ts";

/** The errno is the low 16 bits of an action, and the kernel cuts it at 4095: seccomp(2). */
const MAX_ERRNO = 4095;

/** Whether a profile filters anything: one without actions means "no seccomp", as in Go a pointer to an empty struct. */
export function hasSeccompFilter(seccomp: Draft<Seccomp> | undefined): boolean {
  return seccomp !== undefined && (Boolean(seccomp.defaultAction) || (seccomp.syscalls?.length ?? 0) > 0);
}

/** Whether a program has to answer for calls. */
export function usesNotify(seccomp: Draft<Seccomp>): boolean {
  return (seccomp.syscalls ?? []).some((rule) => rule?.action === SECCOMP_NOTIFY);
}

/** Names and errnos of a seccomp profile: runtime-spec config-linux.md, "Seccomp". */
export function checkSeccomp(seccomp: Draft<Seccomp> | undefined, path: string, problems: Problem[]): void {
  if (seccomp === undefined || !hasSeccompFilter(seccomp)) return;
  const { defaultAction, defaultErrnoRet } = seccomp;
  if (!defaultAction) problems.push({ path: `${path}.defaultAction`, message: "is required" });
  else checkAction(defaultAction, defaultErrnoRet, path, "defaultAction", "defaultErrnoRet", problems);
  for (const [index, arch] of (seccomp.architectures ?? []).entries()) {
    checkName(arch, SECCOMP_ARCHS, `${path}.architectures[${index}]`, "architecture", problems);
  }
  for (const [index, flag] of (seccomp.flags ?? []).entries()) {
    checkName(flag, SECCOMP_FLAGS, `${path}.flags[${index}]`, "flag", problems);
  }
  checkListener(seccomp, path, problems);
  for (const [index, rule] of (seccomp.syscalls ?? []).entries()) {
    const at = `${path}.syscalls[${index}]`;
    if (rule === undefined) continue;
    checkAction(rule.action, rule.errnoRet, at, "action", "errnoRet", problems);
    if (rule.names?.length === 0)
      problems.push({ path: `${at}.names`, message: "must have at least one entry" });
    for (const [argIndex, arg] of (rule.args ?? []).entries()) {
      checkName(arg?.op, SECCOMP_OPERATORS, `${at}.args[${argIndex}].op`, "operator", problems);
    }
  }
}

/** runc's rules: the process has to tell the runtime of the listener, by write(2), before anybody can answer. */
function checkListener(seccomp: Draft<Seccomp>, path: string, problems: Problem[]): void {
  const { listenerPath, listenerMetadata } = seccomp;
  if (seccomp.defaultAction === SECCOMP_NOTIFY) {
    problems.push({ path: `${path}.defaultAction`, message: `${SECCOMP_NOTIFY} cannot be the default` });
  }
  for (const [index, rule] of (seccomp.syscalls ?? []).entries()) {
    if (rule?.action === SECCOMP_NOTIFY && rule.names?.includes("write")) {
      problems.push({
        path: `${path}.syscalls[${index}]`,
        message: `${SECCOMP_NOTIFY} cannot be used for the write syscall`,
      });
    }
  }
  if (!listenerPath) {
    if (listenerMetadata) {
      problems.push({ path: `${path}.listenerMetadata`, message: "needs a listenerPath" });
    }
    if (usesNotify(seccomp)) {
      problems.push({ path: `${path}.listenerPath`, message: `is required with ${SECCOMP_NOTIFY}` });
    }
  }
}

function checkAction(
  action: string | undefined,
  errno: number | undefined,
  path: string,
  actionField: string,
  errnoField: string,
  problems: Problem[],
): void {
  checkName(action, SECCOMP_ACTIONS, `${path}.${actionField}`, "action", problems);
  if (errno === undefined || action === undefined) return;
  if (!SECCOMP_ERRNO_ACTIONS.includes(action)) {
    problems.push({ path: `${path}.${errnoField}`, message: `has no meaning with ${action}` });
  } else if (errno > MAX_ERRNO) {
    problems.push({ path: `${path}.${errnoField}`, message: `must be at most ${MAX_ERRNO}, got ${errno}` });
  }
}

function checkName(
  name: string | undefined,
  table: Readonly<Record<string, number>>,
  path: string,
  what: string,
  problems: Problem[],
): void {
  if (name === undefined || Object.hasOwn(table, name)) return;
  problems.push({ path, message: `unknown ${what} ${JSON.stringify(name)}` });
}
