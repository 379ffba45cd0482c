import { mountDestination } from "../spec/rules-mounts.ts";
import type { Device, Spec } from "../spec/types.ts";
import type { Op } from "./op.ts";

/** Devices every container has: runtime-spec config-linux.md, "Default Devices". */
const DEFAULT_DEVICES: readonly Device[] = [
  { path: "/dev/null", type: "c", major: 1, minor: 3 },
  { path: "/dev/zero", type: "c", major: 1, minor: 5 },
  { path: "/dev/full", type: "c", major: 1, minor: 7 },
  { path: "/dev/random", type: "c", major: 1, minor: 8 },
  { path: "/dev/urandom", type: "c", major: 1, minor: 9 },
  { path: "/dev/tty", type: "c", major: 5, minor: 0 },
];

/** Links every /dev has: runtime-spec runtime-linux.md, "Dev symbolic links". */
const LINKS: readonly (readonly [string, string])[] = [
  ["/dev/fd", "/proc/self/fd"],
  ["/dev/stdin", "/proc/self/fd/0"],
  ["/dev/stdout", "/proc/self/fd/1"],
  ["/dev/stderr", "/proc/self/fd/2"],
  ["/dev/core", "/proc/kcore"],
];

const DEFAULT_MODE = 0o666;

/**
 * Devices and links below /dev. A device of the spec replaces the default one of the same path.
 *
 * @param bind bind the host's nodes: mknod(2) is not allowed in a user namespace
 */
export function compileDevices(spec: Spec, bind: boolean): Op[] {
  const devices = new Map<string, Device>();
  for (const device of [...DEFAULT_DEVICES, ...(spec.linux?.devices ?? [])]) {
    devices.set(mountDestination(device.path), device);
  }
  return [
    ...[...devices].map(([target, device]): Op => {
      return {
        kind: "device",
        target,
        // "u" is an unbuffered character device, of which Linux has no separate kind: mknod(1).
        type: device.type === "u" ? "c" : device.type,
        major: device.major ?? 0,
        minor: device.minor ?? 0,
        // Docker sends the type bits of st_mode with it.
        mode: (device.fileMode ?? DEFAULT_MODE) & 0o7777,
        uid: device.uid ?? 0,
        gid: device.gid ?? 0,
        bind,
      };
    }),
    // An image's own /dev/ptmx would be the host's, not that of the container's devpts instance.
    { kind: "symlink", target: "/dev/ptmx", text: "pts/ptmx", replace: true },
    ...LINKS.map(([target, text]): Op => ({ kind: "symlink", target, text, replace: false })),
  ];
}
