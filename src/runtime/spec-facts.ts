import { statSync } from "node:fs";

import { readMountinfo } from "../host/mountinfo.ts";
import type { HostFacts } from "../plan/input.ts";
import type { ValidSpec } from "../spec/types.ts";

/** Facts that cost a look at the host and that few specs depend on: only what this one does is read. */
export function readSpecFacts(spec: ValidSpec): Pick<HostFacts, "hasResctrl" | "joinsOwnNetwork"> {
  const { intelRdt, sysctl, namespaces } = spec.linux ?? {};
  const network = namespaces?.find((namespace) => namespace.type === "network")?.path;
  return {
    ...(intelRdt === undefined ? {} : { hasResctrl: isResctrlMounted() }),
    ...(network && sysctl !== undefined ? { joinsOwnNetwork: isOwnNetwork(network) } : {}),
  };
}

function isResctrlMounted(): boolean {
  return readMountinfo("self", (line) => line.includes("resctrl")).some(({ fstype }) => fstype === "resctrl");
}

/** Two paths of one namespace show the same file of nsfs: namespaces(7). */
function isOwnNetwork(path: string): boolean {
  const own = statSync("/proc/self/ns/net");
  // A path that is not there is told of by the one who opens it.
  const other = statSync(path, { throwIfNoEntry: false });
  return other !== undefined && other.dev === own.dev && other.ino === own.ino;
}
