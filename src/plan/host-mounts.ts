import { posix } from "node:path";
import { MS_BIND, MS_RDONLY, MS_REC, MS_REMOUNT } from "../spec/mount-options.ts";
import { PlanError } from "./errors.ts";
import type { RootfsMount } from "./input.ts";
import { LOOP_DIRECT_IO, LOOP_READ_ONLY, LOOP_READ_WRITE, MAX_DATA_BYTES } from "./mount-bits.ts";
import { parseMountOptions } from "./mount-options.ts";
import type { IdRange, Op, OpOf, Plan } from "./op.ts";
import { lowerDirectories, shortenOverlay } from "./overlay.ts";

/** A plan that makes containerd's mounts on a rootfs and nothing else. @throws {PlanError} */
export function compileMountPlan(mounts: readonly RootfsMount[], rootfs: string): Plan {
  return { ops: [{ kind: "stage", stage: "host" }, ...compileRootfsMounts(mounts, rootfs)], warnings: [] };
}

/** A plan that unmounts everything at and below a path; nothing there is fine. */
export function compileUnmountPlan(path: string): Plan {
  return compileUndoPlan([{ kind: "unmount", target: path }]);
}

/** A mount of ours in the host's own tree. */
export interface OwnMount {
  /** As /proc/self/mountinfo has it; the kernel gives it to another mount one day. */
  readonly id: number;
  /** Never given twice; 0 on Linux before 6.8. */
  readonly uniqueId: bigint;
}

/** One thing for a plan to take back. */
export type PlannedUndo =
  /** With `mount` only that one and what is on it, otherwise everything at and below the target. */
  | { readonly kind: "unmount"; readonly target: string; readonly mount?: OwnMount }
  | { readonly kind: "remove-dir"; readonly path: string };

/** A plan that takes back what `create` has made, in this order; what is gone already is fine, and a directory that holds something stays. */
export function compileUndoPlan(steps: readonly PlannedUndo[]): Plan {
  const ops = steps.map((step): Op => {
    if (step.kind === "remove-dir") return step;
    const { target: path, mount } = step;
    return mount === undefined ? { kind: "host-umount", path } : { kind: "host-unbind", path, ...mount };
  });
  return { ops: [{ kind: "stage", stage: "host" }, ...ops], warnings: [] };
}

/**
 * The mounts of containerd's Create request: its options are mount(8)'s, and their meaning that of containerd's own
 * `mount` package.
 *
 * @throws {PlanError} "bad-mount" or "unimplemented", naming the mount by its index
 */
export function compileRootfsMounts(mounts: readonly RootfsMount[], rootfs: string): Op[] {
  return mounts.flatMap((mount, index) => compileHostMount(mount, rootfs, `rootfs mount ${index}`));
}

/**
 * One of them.
 *
 * @param root the directory below which its target is
 * @param where for the message
 * @throws {PlanError} "bad-mount" or "unimplemented"
 */
export function compileHostMount(mount: RootfsMount, root: string, where: string): Op[] {
  assertSupported(mount, where);
  const { uids, gids, others } = idMapOf(mount.options, where);
  const parsed = parseMountOptions(others);
  const isBind = (parsed.flags & MS_BIND) !== 0n || mount.type === "bind";
  const flags = isBind ? parsed.flags | MS_BIND : parsed.flags;
  const { loop, data } = loopOf(parsed.data, (flags & MS_RDONLY) !== 0n);
  const shortened = mount.type === "overlay" ? shortenOverlay(data) : { data: data.join(","), cwd: "" };
  if (Buffer.byteLength(shortened.data) > MAX_DATA_BYTES) {
    const bytes = Buffer.byteLength(shortened.data);
    const message = `${where}: ${bytes} bytes of file system options, mount(2) takes ${MAX_DATA_BYTES}`;
    throw new PlanError("bad-mount", message);
  }
  if (isBind && shortened.data !== "") {
    throw new PlanError(
      "bad-mount",
      `${where}: a bind mount takes no file system option, got ${shortened.data}`,
    );
  }
  const lowers = mount.type === "overlay" && uids.length > 0 ? lowerDirectories(data) : [];
  if (mount.type === "overlay" && uids.length > 0 && lowers.length === 0) {
    throw new PlanError("bad-mount", `${where}: an id map, and no lowerdir to map`);
  }
  const base: OpOf<"host-mount"> = {
    kind: "host-mount",
    root,
    target: relativeTarget(mount.target),
    source: mount.source,
    fstype: isBind ? "bind" : mount.type,
    flags,
    ...shortened,
    loop,
    uids,
    gids,
    lowers,
  };
  const again = {
    ...base,
    ...{ source: "", fstype: "", data: "", cwd: "", loop: 0, uids: [], gids: [], lowers: [] },
  };
  const ops: Op[] = [base];
  // The kernel takes a bind mount's flags only when it is remounted: mount(2), "Creating a bind mount".
  if (isBind && (flags & ~(MS_BIND | MS_REC)) !== 0n) {
    ops.push({ ...again, flags: (flags & ~MS_REC) | MS_REMOUNT });
  }
  for (const propagation of parsed.propagation) ops.push({ ...again, flags: propagation });
  return ops;
}

function assertSupported(mount: RootfsMount, where: string): void {
  const refuse = (what: string): never => {
    throw new PlanError("unimplemented", `${where}: ${what} is not implemented`);
  };
  if (mount.type === "" && !mount.options.some((option) => option === "bind" || option === "rbind")) {
    throw new PlanError("bad-mount", `${where}: type is missing`);
  }
  // format/…, mkfs/… and mkdir/… are containerd's mount manager's, fuse… needs a helper program.
  if (/\/|^fuse3?\./.test(mount.type)) refuse(`type ${mount.type}`);
  for (const option of mount.options) {
    if (/^X-containerd\./.test(option)) refuse(`option ${option}`);
    if (/^r(ro|rw|nosuid|nodev|noexec|noatime|nosymfollow)$/.test(option)) refuse(`option ${option}`);
  }
}

const ID_MAP_OPTION = /^([ug]idmap)=(.*)$/;
const MAX_ID = 0xffff_ffff;

/** containerd's options `uidmap` and `gidmap`: CONTAINER:HOST:SIZE, several with commas between them; of several the last counts. */
function idMapOf(
  options: readonly string[],
  where: string,
): {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
  readonly others: readonly string[];
} {
  const found = new Map<string, readonly IdRange[]>();
  const others = options.filter((option) => {
    const [, name, list] = ID_MAP_OPTION.exec(option) ?? [];
    if (name === undefined || list === undefined) return true;
    found.set(
      name,
      list.split(",").map((range) => parseIdRange(range, `${where}: option ${option}`)),
    );
    return false;
  });
  const [uids, gids] = [found.get("uidmap") ?? [], found.get("gidmap") ?? []];
  if ((uids.length === 0) !== (gids.length === 0)) {
    throw new PlanError("bad-mount", `${where}: uidmap and gidmap go together`);
  }
  return { uids, gids, others };
}

function parseIdRange(text: string, where: string): IdRange {
  const [inside = MAX_ID, outside = MAX_ID, count = 0] = /^\d+:\d+:\d+$/.test(text)
    ? text.split(":").map(Number)
    : [];
  if (count === 0 || inside + count > MAX_ID || outside + count > MAX_ID) {
    throw new PlanError("bad-mount", `${where}: a range is CONTAINER:HOST:SIZE, got ${JSON.stringify(text)}`);
  }
  return { inside, outside, count };
}

/** mount.target below the rootfs; the native part resolves it there. "" is the rootfs itself. */
function relativeTarget(target: string): string {
  return posix.normalize(`/${target}`).replace(/^\/|\/$/g, "");
}

function loopOf(
  data: readonly string[],
  isReadonly: boolean,
): { readonly loop: number; readonly data: readonly string[] } {
  if (!data.includes("loop")) return { loop: 0, data };
  const direct = data.includes("direct-io") ? LOOP_DIRECT_IO : 0;
  return {
    loop: (isReadonly ? LOOP_READ_ONLY : LOOP_READ_WRITE) | direct,
    data: data.filter((option) => option !== "loop" && option !== "direct-io"),
  };
}
