import { assertNever } from "../core/assert-never.ts";
import { compileHostMount } from "./host-mounts.ts";
import type { Op } from "./op.ts";

/**
 * Something that is to be made on the host before a container that a transform has rewritten. Plain data; each kind has its undo,
 * which is in the container's record before anything is made.
 */
export type PrepareOperation =
  /**
   * A directory, with its parents. Undone by removing those that `create` has made, unless they hold something by then;
   * `isKept`: it stays, e.g. on a volume. Default mode 0o755.
   */
  | { readonly kind: "mkdir"; readonly path: string; readonly mode?: number; readonly isKept?: boolean }
  /**
   * A mount, with the types and options of mount(8) (also `bind`, `rbind`, `loop`), on a directory that is no mount point yet.
   * Undone by unmounting it and what is mounted on it.
   */
  | {
      readonly kind: "mount";
      readonly type: string;
      readonly source: string;
      readonly target: string;
      readonly options: readonly string[];
    }
  /** Whatever is mounted at or below a directory goes, e.g. what a crash has left. Has no undo. */
  | { readonly kind: "unmount"; readonly target: string }
  /**
   * The claim that this container is the only one with `name` (a path, say); refused while another one holds it. Undone by
   * letting go. Leases are taken before everything else.
   */
  | { readonly kind: "lease"; readonly name: string }
  /**
   * An overlay on `<directory>/merged` that several containers use at once: made by the first one, before everything but leases,
   * and unmounted after the last; what was written stays.
   */
  | {
      readonly kind: "shared-overlay";
      readonly directory: string;
      readonly lower: string;
      /** Files that look otherwise from the beginning on. */
      readonly files: readonly OverlayFile[];
    };

export interface OverlayFile {
  /** As its users see it. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
}

const DIRECTORY_MODE = 0o755;

/**
 * What gantry-init does of the prepare operations, in their order; a lease is nothing of the kernel's, and what is shared is made
 * under a lock of its own (runtime/shared-overlay.ts).
 *
 * @throws {PlanError} "bad-mount" or "unimplemented", naming the mount's target
 */
export function compilePrepare(operations: readonly PrepareOperation[]): Op[] {
  return operations.flatMap((operation): Op[] => {
    switch (operation.kind) {
      case "mkdir":
        return [{ kind: "mkdir", path: operation.path, mode: operation.mode ?? DIRECTORY_MODE }];
      case "mount":
        return compileHostMount(
          { ...operation, target: "" },
          operation.target,
          `mount on ${operation.target}`,
        );
      case "unmount":
        return [{ kind: "host-umount", path: operation.target }];
      case "lease":
      case "shared-overlay":
        return [];
      default:
        return assertNever(operation, "prepare operation");
    }
  });
}

/** For people. */
export function describePrepare(operation: PrepareOperation): string {
  switch (operation.kind) {
    case "mkdir":
      return `mkdir ${JSON.stringify(operation.path)}${operation.isKept ? ", which stays" : ""}`;
    case "mount": {
      const { type, source, target, options } = operation;
      return `mount ${type} ${JSON.stringify(source)} on ${JSON.stringify(target)} (${options.join(",")})`;
    }
    case "unmount":
      return `unmount ${JSON.stringify(operation.target)}`;
    case "lease":
      return `lease ${JSON.stringify(operation.name)}`;
    case "shared-overlay": {
      const { directory, lower, files } = operation;
      const replaced = files.map(({ path }) => JSON.stringify(path)).join(", ");
      const others = replaced === "" ? "" : `, with other ${replaced}`;
      return `overlay over ${JSON.stringify(lower)} in ${JSON.stringify(directory)}${others}, shared`;
    }
    default:
      return assertNever(operation, "prepare operation");
  }
}
