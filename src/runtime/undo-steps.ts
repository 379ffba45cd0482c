import { dirname } from "node:path";
import { assertNever } from "../core/assert-never.ts";
import type { HostPath } from "../core/brand.ts";
import { hostFiles, readTextIfExists } from "../host/files.ts";
import type { OwnMount, PlannedUndo } from "../plan/host-mounts.ts";
import type { PrepareOperation } from "../plan/prepare.ts";
import type { ValidSpec } from "../spec/types.ts";
import { StateError } from "../state/errors.ts";
import type { UndoStep } from "../state/record.ts";

/**
 * What `create` will make in the runtime's own mount namespace, where it outlives the container: the mounts of the caller, what
 * transforms want, and, without a mount namespace, all of the container's own mounts on a bind of its rootfs.
 */
export function undoStepsOf(
  spec: ValidSpec,
  places: {
    readonly rootfs: string;
    /** undefined: the caller has no mounts. */
    readonly callerRootfs: string | undefined;
    readonly processDir: HostPath;
  },
  prepare: readonly PrepareOperation[],
): readonly UndoStep[] {
  const { rootfs, callerRootfs, processDir } = places;
  const steps: UndoStep[] = callerRootfs === undefined ? [] : [{ kind: "unmount", target: callerRootfs }];
  steps.push(...undoPrepared(prepare));
  const hasOwnMounts = spec.linux?.namespaces?.some(({ type }) => type === "mount") ?? false;
  // Below the mounts of the caller it goes with them.
  if (hasOwnMounts || rootfs === callerRootfs) return steps;
  return [...steps, { kind: "unmount", target: rootfs, noted: `${processDir}/rootfs-mount` }];
}

/** How to undo prepare operations. Directories that are there already are not ours to remove. */
export function undoPrepared(prepare: readonly PrepareOperation[]): UndoStep[] {
  const made = new Set<string>();
  return prepare.flatMap((operation): UndoStep[] => {
    switch (operation.kind) {
      case "lease":
        return [{ kind: "release", lease: operation.name }];
      case "shared-overlay":
        return [{ kind: "leave", overlay: operation.directory }];
      case "mount":
        return [{ kind: "unmount", target: operation.target }];
      case "mkdir":
        return operation.isKept ? [] : missingDirectories(operation.path, made);
      case "unmount":
        return [];
      default:
        return assertNever(operation, "prepare operation");
    }
  });
}

/** @param made gets them, too @returns from the top down */
function missingDirectories(path: string, made: Set<string>): UndoStep[] {
  if (made.has(path) || hostFiles.exists(path)) return [];
  made.add(path);
  return [...missingDirectories(dirname(path), made), { kind: "remove-dir", path }];
}

/**
 * What a plan is to take back, last made first. A mount that was to be noted and was not was not made: gantry-init writes first.
 *
 * @throws {StateError} code "corrupt"
 */
export function plannedUndo(steps: readonly UndoStep[]): readonly PlannedUndo[] {
  return steps.toReversed().flatMap((step): PlannedUndo[] => {
    if (step.kind === "release" || step.kind === "leave") return [];
    if (step.kind === "remove-dir" || step.noted === undefined) return [step];
    const { kind, target, noted } = step;
    const text = readTextIfExists(noted);
    return text === undefined ? [] : [{ kind, target, mount: parseNote(text, noted) }];
  });
}

function parseNote(text: string, file: string): OwnMount {
  const match = /^(\d+) (\d+)\n$/.exec(text);
  if (match === null) throw new StateError("corrupt", `Cannot read state: ${file} names no mount`);
  return { id: Number(match[1]), uniqueId: BigInt(match[2] ?? "") };
}
