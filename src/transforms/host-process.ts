import type { FactRequest } from "../host/path-facts.ts";
import type { Capabilities, Linux, Spec, ValidSpec } from "../spec/types.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { TransformError } from "./errors.ts";
import type { Facts } from "./facts.ts";
import { hiddenPaths, hide, PASSWORD_FILES, SSH_DIRECTORY, withoutPasswords } from "./host-process/hidden.ts";
import {
  chooseDns,
  destinationFacts,
  hostDirectories,
  otherFilesystems,
  resolveDestination,
  volumesOf,
} from "./host-process/mounts.ts";
import { ancestorsOf, assertOverlayPossible, chooseOverlay, prepareOverlay } from "./host-process/overlay.ts";
import type { Requests } from "./requests.ts";
import type { Applies, Transform, TransformResult } from "./transform.ts";

/** Namespaces of which a host process has the node's. */
const HOST_NAMESPACES = ["pid", "network", "ipc", "uts"];

/**
 * With one of these, root could take away what hides the node's secrets from it, or look past it: by unmounting, through
 * /proc/1/root, by file handle, on the raw disk, from the kernel.
 */
const TAKEN_CAPABILITIES = [
  "CAP_SYS_ADMIN",
  "CAP_SYS_PTRACE",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_BOOT",
  "CAP_DAC_READ_SEARCH",
  "CAP_MKNOD",
];

/**
 * The host process (docs/host-process.md): argv, environment, user, directory, volumes and limits of the container, on the node's
 * own files, which it sees through an overlay, and in the node's namespaces. The image does not matter.
 */
export const hostProcess: Transform = {
  name: "host-process",
  stage: "host-process",
  ownsRootfs: true,
  applies: whetherItApplies,
  facts: namedFacts,
  apply: moveToHost,
};

/** An annotation asks for a host process only where the administrator has said that it may; it may always ask for a container. */
function whetherItApplies(_spec: ValidSpec, { wanted, config }: Requests): Applies {
  const { mode } = config.hostProcess;
  const [annotation] = ANNOTATIONS.hostProcess.keys;
  if (wanted.hostProcess === false) return { applies: false, reason: `annotation ${annotation} is false` };
  if (mode === "always") return { applies: true, reason: "host_process.mode is always" };
  if (wanted.hostProcess !== true) return { applies: false, reason: "nothing asks for it" };
  if (mode === "never") {
    throw new Error(
      `annotation ${annotation}: this node's configuration (host_process.mode) does not allow it`,
    );
  }
  return { applies: true, reason: `annotation ${annotation} asks for it` };
}

function namedFacts(spec: ValidSpec, requests: Requests): FactRequest[] {
  const volumes = volumesOf(spec, "kubernetes");
  return [
    ...ancestorsOf(requests.config.hostProcess.overlayBase).map((path) => ({ kind: "stat", path }) as const),
    ...PASSWORD_FILES.flatMap((path) => [
      { kind: "stat", path } as const,
      { kind: "read-file", path } as const,
    ]),
    { kind: "listdir", path: SSH_DIRECTORY },
    { kind: "mountinfo" },
    ...destinationFacts(volumes),
  ];
}

function moveToHost(spec: ValidSpec, facts: Facts, requests: Requests): TransformResult {
  const { config } = requests;
  const { linux, root } = spec;
  const overlay = chooseOverlay(requests);
  const prepare = prepareOverlay(overlay, withoutPasswords(config, facts));
  if (root.path === overlay.root) return { spec, prepare };
  if (linux?.namespaces?.some(({ type }) => type === "user")) {
    throw new TransformError("failed", "linux.namespaces: a host process cannot have a user namespace");
  }
  assertOverlayPossible(config, facts);
  const { dns, notes } = chooseDns(requests);
  const volumes = volumesOf(spec, dns);
  const destinations = volumes.map((volume) => resolveDestination(volume, facts));
  assertNoneBelowKernel(destinations);
  const hiding = hiddenPaths(config, facts);
  const { mounts: empty, masked } = hide(hiding, destinations);
  const { hostname: _hostname, domainname: _domainname, ...others } = spec;
  return {
    spec: {
      ...others,
      root: { ...root, path: overlay.root },
      process: config.hostProcess.keepCapabilities ? spec.process : withLessCapabilities(spec.process),
      mounts: [
        ...hostDirectories(spec),
        ...otherFilesystems(facts.mountinfo(), hiding),
        ...empty,
        ...volumes,
      ],
      linux: onHost(linux ?? {}, masked),
    },
    prepare,
    notes: [...overlay.notes, ...notes, `its files are those of overlay ${overlay.key}`],
  };
}

function assertNoneBelowKernel(destinations: readonly string[]): void {
  const below = destinations.find((path) => /^\/(proc|sys)\//.test(path));
  if (below !== undefined)
    throw new TransformError("failed", `mounts: ${below} is inside the node's own ${below.slice(0, 5)}`);
}

function onHost(linux: Linux, masked: readonly string[]): Linux {
  // They would be the node's; its devices are there already.
  const { sysctl: _sysctl, devices: _devices, ...others } = linux;
  const namespaces = (linux.namespaces ?? []).filter(({ type }) => !HOST_NAMESPACES.includes(type));
  const hasMounts = namespaces.some(({ type }) => type === "mount");
  return {
    ...others,
    namespaces: hasMounts ? namespaces : [...namespaces, { type: "mount" }],
    maskedPaths: [...(linux.maskedPaths ?? []), ...masked],
  };
}

function withLessCapabilities(process: ValidSpec["process"]): NonNullable<Spec["process"]> {
  const { capabilities } = process;
  if (capabilities === undefined) return process;
  const kept = Object.entries(capabilities as Record<string, readonly string[]>).map(([set, names]) => {
    return [set, names.filter((name) => !TAKEN_CAPABILITIES.includes(name))];
  });
  return { ...process, capabilities: Object.fromEntries(kept) as Capabilities };
}
