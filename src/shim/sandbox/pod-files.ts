import {
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join, sep } from "node:path";
import { SHM } from "./holder-spec.ts";
import { holderBundle, type SandboxRecord } from "./record.ts";

const CONTROLLER = "io.containerd.sandbox.controller.v1.shim";
const CRI = "io.containerd.grpc.v1.cri";

/**
 * Make what containerd's CRI plugin binds into every container of a pod: /etc/hosts, /etc/hostname, /etc/resolv.conf and
 * /dev/shm. It makes them itself for its own pause containers only, and takes them from fixed places below its two directories
 * in any case (docs/decisions/009): there we put links to ours.
 */
export function makePodFiles({ id, bundle, config }: SandboxRecord): void {
  const dir = podDir(bundle);
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  writeFileSync(join(dir, "hostname"), `${config.hostname || hostname()}\n`, { mode: 0o644 });
  copyOrEmpty("/etc/hosts", join(dir, "hosts"));
  if (config.resolvConf === undefined) copyOrEmpty("/etc/resolv.conf", join(dir, "resolv.conf"));
  else writeFileSync(join(dir, "resolv.conf"), config.resolvConf, { mode: 0o644 });
  if (!config.hasHostIpc) replaceLink(join(holderBundle(bundle), "rootfs", SHM), join(dir, "shm"));
  for (const link of linksFor(bundle, id)) {
    mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
    replaceLink(dir, link);
  }
}

/** Undo `makePodFiles`; what is gone already is fine. */
export function removePodFilesOf(bundle: string, id: string): void {
  for (const link of linksFor(bundle, id)) rmSync(link, { force: true });
  rmSync(podDir(bundle), { recursive: true, force: true });
}

function podDir(bundle: string): string {
  return join(bundle, "pod");
}

/**
 * containerd keeps the bundle in `<state>/<controller>/<namespace>/<id>`, with a link `work` to the same below its root; the CRI plugin's
 * directories are the controller's neighbours. None for a sandbox that is somebody else's.
 */
function linksFor(bundle: string, id: string): string[] {
  const work = join(bundle, "work");
  const places = [bundle, ...(existsSync(work) ? [realpathSync(work)] : [])];
  return places.flatMap((place) => {
    const at = place.indexOf(`${sep}${CONTROLLER}${sep}`);
    return at < 0 ? [] : [join(place.slice(0, at), CRI, "sandboxes", id)];
  });
}

function replaceLink(target: string, link: string): void {
  rmSync(link, { force: true }); // of an earlier try
  symlinkSync(target, link);
}

function copyOrEmpty(from: string, to: string): void {
  if (existsSync(from)) copyFileSync(from, to);
  else writeFileSync(to, "", { mode: 0o644 });
}
