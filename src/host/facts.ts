import { HostError } from "./errors.ts";
import { type HostFiles, hostFiles } from "./files.ts";
import { isInUserNamespace } from "./user-namespace.ts";

/** What stays as it is for as long as a process lives. */
export interface KernelConstants {
  /** The highest capability this kernel knows, e.g. 40 for CAP_CHECKPOINT_RESTORE. */
  readonly capLastCap: number;
  readonly hasCgroupNamespace: boolean;
  readonly isInUserNamespace: boolean;
}

/** What the kernel was built and booted with, as far as compiling a plan depends on it; the rest is in cgroups/. */
export interface KernelFacts extends KernelConstants {
  readonly isAppArmorEnabled: boolean;
  readonly isSeLinuxEnabled: boolean;
}

/** Read them: one small file and a few existence checks. @throws {HostError} code "unreadable-proc" */
export function readKernelFacts(
  files: HostFiles = hostFiles,
  constants: KernelConstants = readKernelConstants(files),
): KernelFacts {
  return {
    ...constants,
    isAppArmorEnabled: isAppArmorEnabled(files),
    isSeLinuxEnabled: isSeLinuxEnabled(files),
  };
}

/** @throws {HostError} code "unreadable-proc" */
export function readKernelConstants(files: HostFiles = hostFiles): KernelConstants {
  return {
    capLastCap: readCapLastCap(files),
    hasCgroupNamespace: files.exists("/proc/self/ns/cgroup"),
    isInUserNamespace: isInUserNamespace(files),
  };
}

function readCapLastCap(files: HostFiles): number {
  const text = files.readText("/proc/sys/kernel/cap_last_cap");
  const value = Number.parseInt(text ?? "", 10);
  if (!(value >= 0 && value < 64)) {
    throw new HostError("unreadable-proc", `/proc/sys/kernel/cap_last_cap holds ${JSON.stringify(text)}`);
  }
  return value;
}

function isAppArmorEnabled(files: HostFiles): boolean {
  // The directory is missing when AppArmor is built in but another security module was chosen at boot.
  return (
    files.exists("/sys/kernel/security/apparmor") &&
    (files.readText("/sys/module/apparmor/parameters/enabled") ?? "").startsWith("Y")
  );
}

function isSeLinuxEnabled(files: HostFiles): boolean {
  if (!files.exists("/sys/fs/selinux/enforce")) return false;
  // "kernel" is the only label before a policy was loaded.
  const label = (files.readText("/proc/self/attr/current") ?? "").replace(/\0.*$/s, "").trim();
  return label !== "" && label !== "kernel";
}
