import type { HostPath } from "../core/brand.ts";
import { readTextIfExists } from "../host/files.ts";
import type { OwnMount } from "../plan/host-mounts.ts";
import type { ValidSpec } from "../spec/types.ts";
import { StateError } from "../state/errors.ts";
import type { UndoMount } from "../state/record.ts";

/**
 * The mounts that `create` will make in the runtime's own mount namespace, where they outlive the container: the rootfs
 * mounts of the caller, and, without a mount namespace, all of the container's own on a bind of its rootfs.
 */
export function undoMountsOf(
  spec: ValidSpec,
  rootfs: string,
  options: { readonly hasRootfsMounts: boolean; readonly processDir: HostPath },
): readonly UndoMount[] {
  if (options.hasRootfsMounts) return [{ target: rootfs }];
  if (spec.linux?.namespaces?.some((namespace) => namespace.type === "mount")) return [];
  return [{ target: rootfs, noted: `${options.processDir}/rootfs-mount` }];
}

/**
 * What is to be unmounted, last made first. A mount that was not noted was not made: gantry-init writes first.
 *
 * @throws {StateError} code "corrupt"
 */
export function mountsToUndo(
  mounts: readonly UndoMount[],
): { readonly target: string; readonly mount?: OwnMount }[] {
  return mounts.toReversed().flatMap(({ target, noted }) => {
    if (noted === undefined) return [{ target }];
    const text = readTextIfExists(noted);
    return text === undefined ? [] : [{ target, mount: parseNote(text, noted) }];
  });
}

function parseNote(text: string, file: string): OwnMount {
  const match = /^(\d+) (\d+)\n$/.exec(text);
  if (match === null) throw new StateError("corrupt", `Cannot read state: ${file} names no mount`);
  return { id: Number(match[1]), uniqueId: BigInt(match[2] ?? "") };
}
