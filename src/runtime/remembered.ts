import { statSync } from "node:fs";
import { parseHostPath } from "../core/ids.ts";
import { type KernelFacts, readKernelConstants, readKernelFacts } from "../host/facts.ts";
import { loadSpec } from "../spec/load.ts";
import type { ValidSpec } from "../spec/types.ts";
import type { RuntimeContext } from "./context.ts";

/** What a command needs to know and a process that carries out many of them need not find out each time. */
export interface Remembered {
  kernelFacts(): KernelFacts;
  /** The spec in a container's state directory, which is never changed. @throws {SpecError} */
  frozenSpec(stateDir: string): ValidSpec;
}

/** The spec that a container was created with. @throws {SpecError} */
export function frozenSpec({ remembered }: RuntimeContext, stateDir: string): ValidSpec {
  return remembered?.frozenSpec(stateDir) ?? loadFrozen(stateDir);
}

/** @throws {HostError} code "unreadable-proc" */
export function kernelFacts({ remembered }: RuntimeContext): KernelFacts {
  return remembered?.kernelFacts() ?? readKernelFacts();
}

/** Specs that are kept; those of Kubernetes take some hundred KiB each. */
const MAX_SPECS = 32;

/** For a process that carries out many. Nothing that it gives to one command can be changed by it. */
export function rememberAll(): Remembered {
  const constants = readKernelConstants();
  const specs = new Map<string, { readonly version: string | undefined; readonly spec: ValidSpec }>();
  return {
    kernelFacts: () => readKernelFacts(undefined, constants),
    frozenSpec(stateDir) {
      // An id that was deleted and created again has another file.
      const version = versionOf(`${stateDir}/config.json`); // before it is read: what comes later is read again
      const known = specs.get(stateDir);
      if (known !== undefined && known.version === version) return known.spec;
      const spec = deepFreeze(loadFrozen(stateDir));
      if (specs.size >= MAX_SPECS) specs.clear();
      specs.set(stateDir, { version, spec });
      return spec;
    },
  };
}

function loadFrozen(stateDir: string): ValidSpec {
  return loadSpec(parseHostPath(stateDir, "state directory"));
}

/** Tells a file from every other that has had its name. @returns undefined when there is none */
function versionOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev} ${stat.ino} ${stat.size} ${stat.ctimeNs}`;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
