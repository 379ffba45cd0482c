import type { Problem } from "./errors.ts";
import {
  MAX_MEMORY_NODE,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  PERSONALITY_DOMAINS,
} from "./kernel-names.ts";
import { parseRanges } from "./ranges.ts";
import type { Draft } from "./rules-spec.ts";
import { join } from "./shape.ts";
import type { Linux, MemoryPolicy, NamespaceType } from "./types.ts";

/** Rules about single objects of `linux`: runtime-spec config-linux.md. */
export function checkLinux(
  linux: Draft<Linux>,
  namespaces: ReadonlySet<NamespaceType>,
  problems: Problem[],
): void {
  const domain = linux.personality?.domain;
  if (domain !== undefined && !Object.hasOwn(PERSONALITY_DOMAINS, domain)) {
    const message = `unknown domain ${JSON.stringify(domain)}`;
    problems.push({ path: "linux.personality.domain", message });
  }
  if (linux.memoryPolicy !== undefined) {
    checkMemoryPolicy(linux.memoryPolicy, "linux.memoryPolicy", problems);
  }
  const closId = linux.intelRdt?.closID;
  if (closId !== undefined && (closId === "." || closId === ".." || closId.includes("/"))) {
    problems.push({
      path: "linux.intelRdt.closID",
      message: `invalid intelRdt.ClosID ${JSON.stringify(closId)}`,
    });
  }
  checkNetDevices(linux.netDevices ?? {}, namespaces, problems);
}

/** Which modes go with nodes: set_mempolicy(2). */
function checkMemoryPolicy(policy: Draft<MemoryPolicy>, path: string, problems: Problem[]): void {
  const { mode, nodes = "" } = policy;
  for (const [index, flag] of (policy.flags ?? []).entries()) {
    if (flag !== undefined && !Object.hasOwn(MEMORY_POLICY_FLAGS, flag)) {
      const message = `invalid memory policy flag ${JSON.stringify(flag)}`;
      problems.push({ path: `${path}.flags[${index}]`, message });
    }
  }
  const ranges = parseRanges(nodes, MAX_MEMORY_NODE);
  if (ranges === undefined) {
    const message = `invalid memory policy node: must be a list of nodes up to ${MAX_MEMORY_NODE} such as "0-3,7", got ${JSON.stringify(nodes)}`;
    problems.push({ path: `${path}.nodes`, message });
  }
  if (mode === undefined) {
    // None at all is no policy; runc wants it so, whatever the specification calls required.
    if (Object.keys(policy).length > 0) {
      problems.push({ path: `${path}.mode`, message: "invalid memory policy mode: is required" });
    }
    return;
  }
  if (!Object.hasOwn(MEMORY_POLICY_MODES, mode)) {
    problems.push({ path: `${path}.mode`, message: `invalid memory policy mode ${JSON.stringify(mode)}` });
  } else if (ranges !== undefined && mode !== "MPOL_PREFERRED") {
    const takesNone = mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL";
    if (takesNone !== (ranges.length === 0)) {
      const reason = takesNone ? `${mode} takes no nodes` : `${mode} needs at least one node`;
      const message = `${reason} (set_mempolicy: invalid argument)`;
      problems.push({ path: `${path}.nodes`, message });
    }
  }
}

function checkNetDevices(
  devices: Draft<NonNullable<Linux["netDevices"]>>,
  namespaces: ReadonlySet<NamespaceType>,
  problems: Problem[],
): void {
  const names = Object.entries(devices);
  if (names.length > 0 && !namespaces.has("network")) {
    problems.push({
      path: "linux.netDevices",
      message: "unable to move network devices without a NET namespace",
    });
  }
  for (const [name, device] of names) {
    const at = join("linux.netDevices", name);
    if (!isDeviceName(name)) {
      problems.push({ path: at, message: `${JSON.stringify(name)} cannot be the name of a network device` });
    }
    // The kernel numbers a name with %d itself.
    if (device?.name && !isDeviceName(device.name.replace("%d", "0"))) {
      const message = `${JSON.stringify(device.name)} cannot be the name of a network device`;
      problems.push({ path: `${at}.name`, message });
    }
  }
}

/** The kernel's dev_valid_name(), and no other % than that of a pattern. */
function isDeviceName(name: string): boolean {
  const isShort = name.length > 0 && Buffer.byteLength(name) <= 15;
  return isShort && name !== "." && name !== ".." && !/[/:%\s]/.test(name);
}
