import type { HostPath } from "../core/brand.ts";
import type { MountEntry } from "../host/mountinfo.ts";
import type { NamespaceType, ValidSpec } from "../spec/types.ts";
import { dumpedMounts, mountPoints, restoredMounts } from "./criu-mounts.ts";
import {
  CRIU_CGROUP_MODES,
  CRIU_NETWORK_LOCKS,
  type CriuOptions,
  encodeCriuRequest,
} from "./criu-request.ts";
import { PlanError } from "./errors.ts";
import { CLONE_FLAGS } from "./namespaces.ts";
import type { Op, OpOf, Plan } from "./op.ts";
import { stageOf } from "./stages.ts";

/** What `checkpoint` and `restore` both pass on to criu, and where it finds and leaves its files. */
export interface CriuSettings {
  /** The criu executable. */
  readonly criu: HostPath;
  /** `NAME=value`: criu calls programs of its own (iptables, tar). */
  readonly env: readonly string[];
  readonly imagesDir: HostPath;
  /** For its log and statistics; absent: the images directory. */
  readonly workDir: HostPath | undefined;
  readonly tcpEstablished: boolean;
  readonly extUnixSk: boolean;
  readonly shellJob: boolean;
  readonly fileLocks: boolean;
  readonly autoDedup: boolean;
  readonly lazyPages: boolean;
  readonly manageCgroupsMode: keyof typeof CRIU_CGROUP_MODES;
  /** How criu keeps packets away meanwhile; absent: as it likes. */
  readonly networkLock: keyof typeof CRIU_NETWORK_LOCKS | undefined;
}

/** What only `checkpoint` takes. */
export interface CheckpointSettings extends CriuSettings {
  /** Images of an earlier pre-dump, relative to `imagesDir`. */
  readonly parentImages: string | undefined;
  readonly leaveRunning: boolean;
  readonly tcpSkipInFlight: boolean;
  readonly linkRemap: boolean;
  readonly isPreDump: boolean;
  readonly pageServer: { readonly address: string; readonly port: number } | undefined;
  /** A file that gets a NUL byte when lazy pages can be had. */
  readonly statusFile: HostPath | undefined;
}

/** What only `restore` takes. */
export interface RestoreSettings extends CriuSettings {
  readonly lsmProfile: string | undefined;
  readonly lsmMountContext: string | undefined;
}

/** A running container, as the dump must know it. */
export interface DumpTarget {
  readonly spec: ValidSpec;
  readonly pid: number;
  readonly rootfs: string;
  /** The mounts of its init. */
  readonly mounts: readonly MountEntry[];
  /** A path of the container as its mounts know it, without symlinks. */
  readonly resolve: (path: string) => string;
  /** Inode of each namespace that the container shares by path. */
  readonly sharedNamespaces: ReadonlyMap<NamespaceType, bigint>;
  /** What its standard streams are: `Descriptors`. */
  readonly descriptors: Descriptors;
  /** Of the freezer; absent: criu stops the processes one by one. */
  readonly freezeCgroup: string | undefined;
}

/**
 * What 0, 1 and 2 of a dumped init were, by the names criu has for them: `pipe:[INODE]`, `file[MOUNT:INODE]` for a file or fifo
 * of the host's; anything else is criu's own business. Kept as `descriptors.json` in the images directory, where runc keeps its own.
 */
export type Descriptors = readonly string[];

/** criu looks our descriptors up by number: far from those that anybody else opens. */
const FIRST_FD = 64;
const STREAMS = 3;
const LOG_LEVEL = 4;
/** Beside the images, or in the work directory. */
export const DUMP_LOG = "dump.log";
export const RESTORE_LOG = "restore.log";

/** A plan that has criu write the images of a container's processes, and end them unless they are to go on. */
export function compileCheckpointPlan(target: DumpTarget, settings: CheckpointSettings): Plan {
  assertCanBeRestored(target.spec);
  const files = new FileNumbers();
  const options: CriuOptions = {
    ...commonOptions(settings, target.spec, files),
    logFile: DUMP_LOG,
    pid: target.pid,
    root: target.rootfs,
    leaveRunning: settings.leaveRunning,
    tcpSkipInFlight: settings.tcpSkipInFlight,
    linkRemap: settings.linkRemap,
    ...(settings.pageServer === undefined ? {} : { pageServer: settings.pageServer }),
    ...(settings.parentImages === undefined
      ? {}
      : { parentImages: settings.parentImages, trackMemory: true }),
    ...(settings.statusFile === undefined ? {} : { statusFd: files.add(settings.statusFile, true) }),
    ...(target.freezeCgroup === undefined ? {} : { freezeCgroup: target.freezeCgroup }),
    external: [
      ...[...target.sharedNamespaces].map(
        ([type, inode]) => `${namespaceName(type)}[${inode}]:${namespaceKey(type)}`,
      ),
      ...new Set(target.descriptors.filter(isOutsideFile)),
    ],
    externalMounts: settings.isPreDump ? [] : dumpedMounts(target.spec, target.mounts, target.resolve),
  };
  const type = settings.isPreDump ? "pre-dump" : "dump";
  return {
    ops: [
      { kind: "stage", stage: "host" },
      criuOp(settings, encodeCriuRequest(type, options), files, { root: "", cgroupDir: "" }),
    ],
    warnings: [],
  };
}

/**
 * The plan of a container that is to be restored instead of created: what `create` would do on the host and with hooks stays, and
 * criu takes the place of the rest.
 *
 * @param create as `compileCreatePlan` made it for the same bundle
 */
export function compileRestorePlan(
  create: Plan,
  spec: ValidSpec,
  rootfs: string,
  settings: RestoreSettings,
  images: {
    readonly descriptors: Descriptors;
    /** Controller → the container's cgroup, from the root of the hierarchy. */
    readonly cgroupRoots: ReadonlyMap<string, string>;
    /** Sources of bind mounts that are no directories. */
    readonly fileSources: ReadonlySet<string>;
  },
): Plan {
  assertCanBeRestored(spec);
  const files = new FileNumbers();
  const shared = sharedNamespaces(spec);
  const options: CriuOptions = {
    ...commonOptions(settings, spec, files),
    logFile: RESTORE_LOG,
    root: rootfs,
    evasiveDevices: true,
    restoreSibling: true,
    ...(settings.lsmProfile === undefined ? {} : { lsmProfile: settings.lsmProfile }),
    ...(settings.lsmMountContext === undefined ? {} : { lsmMountContext: settings.lsmMountContext }),
    externalMounts: restoredMounts(create),
    cgroupRoots: [...images.cgroupRoots].map(([controller, path]) => ({ controller, path })),
    inheritFds: [
      ...[...shared]
        .filter(([type]) => isKeptByKey(type))
        .map(([type, path]) => ({ key: namespaceKey(type), fd: files.add(path, false) })),
      ...inheritedStreams(images.descriptors),
    ],
    joinNamespaces: [...shared]
      .filter(([type]) => !isKeptByKey(type))
      .map(([type, file]) => ({ name: namespaceName(type), file })),
  };
  const cgroupDir = create.ops.find((op): op is OpOf<"clone"> => op.kind === "clone")?.cgroupDir ?? "";
  const request = encodeCriuRequest("restore", options);
  return {
    ops: [
      ...stageOf(create, "settings").filter(({ kind }) => SETTINGS.includes(kind)),
      { kind: "stage", stage: "host" },
      ...stageOf(create, "host").filter(({ kind }) => kind !== "mount-id-map"),
      ...mountPoints(create, rootfs, images.fileSources),
      { kind: "stage", stage: "clone" },
      criuOp(settings, request, files, { root: rootfs, cgroupDir }),
      ...hooksStage(create),
    ],
    warnings: create.warnings,
  };
}

/** @throws {PlanError} code "unimplemented" for what criu would put in a wrong place, or not at all */
function assertCanBeRestored(spec: ValidSpec): void {
  const namespaces = spec.linux?.namespaces ?? [];
  if (!namespaces.some(({ type }) => type === "mount")) {
    const message = "a container without a mount namespace of its own cannot be checkpointed or restored";
    throw new PlanError("unimplemented", message);
  }
  const joined = namespaces.find(({ type, path }) => path && (type === "cgroup" || type === "time"));
  if (joined !== undefined) {
    const message = `criu cannot handle a container that joins a ${joined.type} namespace by path`;
    throw new PlanError("unimplemented", message);
  }
}

function commonOptions(settings: CriuSettings, spec: ValidSpec, files: FileNumbers): CriuOptions {
  return {
    imagesDirFd: files.add(settings.imagesDir, false),
    ...(settings.workDir === undefined ? {} : { workDirFd: files.add(settings.workDir, false) }),
    logLevel: LOG_LEVEL,
    notifyScripts: true,
    // Network devices and addresses are whoever's made the namespace, as with runc.
    emptyNamespaces: CLONE_FLAGS.network,
    orphanPtsMaster: true,
    manageCgroups: true,
    manageCgroupsMode: CRIU_CGROUP_MODES[settings.manageCgroupsMode],
    tcpEstablished: settings.tcpEstablished,
    extUnixSk: settings.extUnixSk,
    shellJob: settings.shellJob,
    fileLocks: settings.fileLocks,
    autoDedup: settings.autoDedup,
    lazyPages: settings.lazyPages,
    ...(settings.networkLock === undefined ? {} : { networkLock: CRIU_NETWORK_LOCKS[settings.networkLock] }),
    ...configFile(spec),
  };
}

const CONFIG_ANNOTATION = "org.criu.config";

/** criu's own options from a file, as with runc: they win over ours, and a file that is not there is none. */
function configFile(spec: ValidSpec): { readonly configFile?: string } {
  const file = spec.annotations?.[CONFIG_ANNOTATION] ?? "/etc/criu/runc.conf";
  return file === "" ? {} : { configFile: file };
}

function criuOp(
  settings: CriuSettings,
  request: Uint8Array,
  files: FileNumbers,
  place: { readonly root: string; readonly cgroupDir: string },
): OpOf<"criu"> {
  return {
    kind: "criu",
    path: settings.criu,
    env: settings.env,
    request,
    firstFd: FIRST_FD,
    files: files.list,
    ...place,
  };
}

/** Files that criu gets as descriptors, numbered in the order in which they are added. */
class FileNumbers {
  readonly list: { readonly path: string; readonly isWrite: boolean }[] = [];

  add(path: string, isWrite: boolean): number {
    return FIRST_FD + STREAMS + this.list.push({ path, isWrite }) - 1;
  }
}

/** Namespaces to join by path. */
function sharedNamespaces(spec: ValidSpec): Map<NamespaceType, string> {
  return new Map((spec.linux?.namespaces ?? []).flatMap(({ type, path }) => (path ? [[type, path]] : [])));
}

/** The paths of the namespaces that a dump leaves out, and whose inodes it must know. */
export function outsideNamespaces(spec: ValidSpec): Map<NamespaceType, string> {
  return new Map([...sharedNamespaces(spec)].filter(([type]) => isKeptByKey(type)));
}

/** criu calls these external; the others it restores into one that is there. */
function isKeptByKey(type: NamespaceType): boolean {
  return type === "network" || type === "pid";
}

const NAMESPACE_NAMES: Readonly<Partial<Record<NamespaceType, string>>> = { network: "net", mount: "mnt" };

function namespaceName(type: NamespaceType): string {
  return NAMESPACE_NAMES[type] ?? type;
}

/** runc's name for it, so that its images are ours. */
function namespaceKey(type: NamespaceType): string {
  const name = namespaceName(type);
  return `extRoot${name.charAt(0).toUpperCase()}${name.slice(1)}NS`;
}

const isOutsideFile = (descriptor: string): boolean => descriptor.startsWith("file[");

function inheritedStreams(descriptors: Descriptors): { readonly key: string; readonly fd: number }[] {
  return descriptors.flatMap((key, fd) =>
    fd < STREAMS && (key.startsWith("pipe:") || isOutsideFile(key)) ? [{ key, fd: FIRST_FD + fd }] : [],
  );
}

const SETTINGS: readonly Op["kind"][] = ["monitor", "stdio", "terminal", "logger"];

/** Between the making of the namespaces and that of the processes: the network, which is dumped as an empty one; and hooks. */
function hooksStage(create: Plan): Op[] {
  const ops = [
    ...create.ops.filter(({ kind }) => kind === "loopback-up" || kind === "net-device"),
    ...stageOf(create, "hooks"),
  ];
  return ops.length === 0 ? [] : [{ kind: "stage", stage: "hooks" }, ...ops];
}
