import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import type { ContainerId, HostPath } from "../../../src/core/brand.ts";
import type { FactAnswer, FactRequest } from "../../../src/host/path-facts.ts";
import type { Mount, Spec } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { DEFAULT_CONFIG, type NodeConfig } from "../../../src/transforms/config.ts";
import { factsOf } from "../../../src/transforms/facts.ts";
import { osVolume } from "../../../src/transforms/os-volume.ts";
import { transformSpec } from "../../../src/transforms/pipeline.ts";
import { parseRequests } from "../../../src/transforms/requests.ts";
import { aSpec } from "../../helpers/spec.ts";

const PODS = "/var/lib/kubelet/pods";
const POD = `${PODS}/0a1b/volumes`;
const OVERLAYFS = 0x794c7630;

/** What a made-up host has; links are resolved by name only. */
interface Host {
  readonly links?: Readonly<Record<string, string>>;
  readonly missing?: readonly string[];
  readonly files?: readonly string[];
  readonly overlays?: readonly string[];
  readonly release?: string;
}

function answer(request: FactRequest, host: Host): FactAnswer {
  if (request.kind === "uname")
    return { request, value: { release: host.release ?? "6.1.0-18", machine: "x86_64" } };
  if (!("path" in request)) throw new Error(`nobody asks for ${request.kind}`);
  const { path } = request;
  if (host.missing?.includes(path)) return { request };
  switch (request.kind) {
    case "realpath":
      return { request, value: host.links?.[path] ?? posix.resolve(path) };
    case "stat": {
      const type = host.files?.includes(path) ? "file" : "directory";
      const about = { mode: 0o755, uid: 0, gid: 0, sizeBytes: 0, device: 1, inode: 2, major: 0, minor: 0 };
      return { request, value: { type, ...about } };
    }
    case "statfs":
      return {
        request,
        value: { type: host.overlays?.includes(path) ? OVERLAYFS : 0xef53, freeBytes: 0, sizeBytes: 0 },
      };
    default:
      throw new Error(`nobody asks for ${request.kind}`);
  }
}

async function run(
  change: {
    readonly annotations?: Record<string, string>;
    readonly mounts?: readonly Mount[];
  } & Partial<Spec>,
  host: Host = {},
  config: Partial<NodeConfig> = {},
) {
  const spec = validateSpec({ ...aSpec({ root: { path: "rootfs", readonly: true } }), ...change });
  const { requests } = parseRequests(spec, {
    id: "c1" as ContainerId,
    bundle: "/bundle" as HostPath,
    rootfsMounts: [],
    config: { ...DEFAULT_CONFIG, ...config },
  });
  const made = await transformSpec(spec, requests, [osVolume], async (wanted) =>
    factsOf(wanted.map((request) => answer(request, host))),
  );
  const [step] = made.steps;
  if (step === undefined) throw new Error("no step");
  return { ...made, step, original: spec };
}

const bind = (source: string, destination: string): Mount => ({
  type: "bind",
  source,
  destination,
  options: ["rbind"],
});
const proc: Mount = { type: "proc", source: "proc", destination: "/proc" };
const hosts = bind(`${PODS}/0a1b/etc-hosts`, "/etc/hosts");
const wish = { "sgs.snucse.org/os-volume": "my-pvc" };
const claim = `${POD}/kubernetes.io~csi/my-pvc/mount`;

describe("os-volume: when it applies", () => {
  it("changes nothing without its annotation (SGS-1)", async () => {
    const { spec, step, original } = await run({ mounts: [proc, bind(claim, "/mnt/os")] });
    expect(step).toMatchObject({ applies: false, reason: "no annotation asks for it" });
    expect(spec).toBe(original);
  });

  it("leaves the pod's sandbox alone (PIP-10)", async () => {
    const annotations = { ...wish, "io.kubernetes.cri.container-type": "sandbox" };
    expect((await run({ annotations })).step.applies).toBe(false);
  });

  it("leaves the pod's other containers alone when one is named (SGS-11)", async () => {
    const annotations = { ...wish, "sgs.snucse.org/os-volume-container": "main" };
    const named = (name: string) => ({ ...annotations, "io.kubernetes.cri.container-name": name });
    expect((await run({ annotations: named("sidecar") })).step).toMatchObject({
      applies: false,
      reason: "it is wanted for container main, this is sidecar",
    });
    const mounts = [bind(claim, "/mnt/os")];
    expect((await run({ annotations: named("main"), mounts })).step.applies).toBe(true);
    await expect(run({ annotations, mounts })).rejects.toThrow(/has no name/);
  });

  it("changes nothing when it has been applied (SGS-20)", async () => {
    const other = bind(`${POD}/kubernetes.io~csi/other/mount`, "/data");
    const first = await run({ annotations: wish, mounts: [bind(claim, "/mnt/os"), other] });
    const second = await run({ ...first.spec, annotations: { ...first.spec.annotations } });
    expect(second.step).toMatchObject({ applies: false, reason: "the volume is the root already" });
    expect(second.spec).toEqual(first.spec);
  });

  it("is not fooled by a pod that says it has been applied", async () => {
    const annotations = {
      ...wish,
      "sgs.snucse.org/boot-volume-active": "true",
      "sgs.snucse.org/original-root": "x",
    };
    await expect(run({ annotations, mounts: [proc] })).rejects.toThrow(/no volume "my-pvc"/);
  });
});

describe("os-volume: the beacon", () => {
  const rootOf = async (mounts: readonly Mount[], annotations: Record<string, string> = wish) =>
    (await run({ annotations, mounts })).spec.root.path;

  it.each([
    ["a volume of that name, wherever it is mounted (SGS-6, SGS-7)", [bind(claim, "/anything")], claim],
    [
      "the first of several of that name (SGS-7)",
      [bind(claim, "/a"), bind(`${POD}/kubernetes.io~nfs/my-pvc`, "/b")],
      claim,
    ],
    [
      "a subPath of a volume of that name (SGS-9)",
      [bind(`${PODS}/0a1b/volume-subpaths/my-pvc/main/0`, "/a")],
      `${PODS}/0a1b/volume-subpaths/my-pvc/main/0`,
    ],
    [
      "the node's own destination before the name (SGS-8)",
      [bind(claim, "/a"), bind(`${POD}/kubernetes.io~csi/pvc-1/mount`, "/sgs-os-volume/")],
      `${POD}/kubernetes.io~csi/pvc-1/mount`,
    ],
    [
      "the only persistent volume, when none has the name (SGS-8)",
      [
        bind(`${POD}/kubernetes.io~empty-dir/cache`, "/cache"),
        bind(`${POD}/kubernetes.io~projected/kube-api-access-x`, "/var/run/secrets"),
        bind(`${POD}/kubernetes.io~csi/pvc-9f/mount`, "/a"),
        bind(`${POD}/kubernetes.io~csi/pvc-9f/mount`, "/b"),
      ],
      `${POD}/kubernetes.io~csi/pvc-9f/mount`,
    ],
  ])("is %s", async (_, mounts, expected) => {
    expect(await rootOf([proc, hosts, ...mounts])).toBe(expected);
  });

  it("is what the pod's own destination says (SGS-8)", async () => {
    const mounts = [bind(claim, "/a"), bind(`${POD}/kubernetes.io~nfs/x`, "/b")];
    const annotations = { ...wish, "gantry.dev/os-volume-destination": "/b" };
    expect(await rootOf(mounts, annotations)).toBe(`${POD}/kubernetes.io~nfs/x`);
    const wrong = { ...wish, "gantry.dev/os-volume-destination": "/c" };
    await expect(rootOf(mounts, wrong)).rejects.toThrow(/no volume "my-pvc".* on \/c; there are/);
  });

  it.each([
    ["a longer name", `${POD}/kubernetes.io~empty-dir/my-pvc-2`],
    ["a pod's uid", `${PODS}/my-pvc/volumes/kubernetes.io~empty-dir/x`],
    ["a later segment", `${POD}/kubernetes.io~empty-dir/x/my-pvc`],
    ["a volume that ends with the pod", `${POD}/kubernetes.io~empty-dir/my-pvc`],
  ])("is not %s; then all mounts are listed (SGS-7, SGS-10)", async (_, source) => {
    await expect(rootOf([proc, bind(source, "/mnt")])).rejects.toThrow(
      expect.objectContaining({
        code: "failed",
        message:
          `transform "os-volume": annotation sgs.snucse.org/os-volume: no volume "my-pvc" among the mounts: ` +
          `mount the claim into the container; there are proc -> /proc, ${source} -> /mnt`,
      }),
    );
  });

  it("is not guessed when several could be meant: all are listed (SGS-8)", async () => {
    const one = `${POD}/kubernetes.io~csi/pvc-1/mount`;
    const two = `${POD}/kubernetes.io~nfs/pvc-2`;
    await expect(rootOf([bind(one, "/a"), bind(two, "/b")])).rejects.toThrow(`${one} -> /a, ${two} -> /b`);
  });

  it("is not an empty directory, even where the pod says so", async () => {
    await expect(rootOf([bind(`${POD}/kubernetes.io~empty-dir/x`, "/sgs-os-volume")])).rejects.toThrow(
      /ends with the pod \(empty-dir\)/,
    );
  });
});

describe("os-volume: where a volume may be", () => {
  const refused = (source: string, host: Host = {}, config: Partial<NodeConfig> = {}) =>
    expect(run({ annotations: wish, mounts: [bind(source, "/mnt/os")] }, host, config)).rejects;

  it.each([
    ["outside", "/etc/volumes/kubernetes.io~csi/my-pvc/mount", {}],
    ["outside after cleaning", `${PODS}/../../../../etc/volumes/kubernetes.io~csi/my-pvc`, {}],
    ["a link that leaves", claim, { links: { [claim]: "/etc" } }],
    ["beside, with the same beginning", `${PODS}-evil/x/volumes/kubernetes.io~csi/my-pvc`, {}],
  ])("refuses what is %s (SGS-12, SGS-13)", async (_, source, host) => {
    await refused(source, host).toThrow(
      expect.objectContaining({ code: "failed", message: expect.stringMatching(/misconfigured.*attack/) }),
    );
    await refused(source, host).toThrow(source);
  });

  it("allows what the node's owner allows, also through a link of his own (SGS-13)", async () => {
    const source = "/data/kubelet/pods/1/volumes/kubernetes.io~csi/my-pvc/mount";
    const config = { osVolume: { roots: ["/srv/pods"], destination: "/x" } };
    const mounts = [bind(source, "/mnt/os")];
    const { spec } = await run(
      { annotations: wish, mounts },
      { links: { "/srv/pods": "/data/kubelet/pods" } },
      config,
    );
    expect(spec.root.path).toBe(source);
  });

  it("refuses what is not there, and what is no directory (SGS-14)", async () => {
    await refused(claim, { missing: [claim] }).toThrow(`${claim} does not exist`);
    await refused(claim, { files: [claim] }).toThrow(`${claim} is not a directory but a file`);
  });
});

describe("os-volume: what it makes of the spec", () => {
  it("swaps the root, writable, and takes away the beacon and nothing else (SGS-16, SGS-17, SGS-18)", async () => {
    const link = "/var/lib/kubelet/link";
    const mounts = [proc, bind(claim, "/mnt/os"), hosts, bind(`${claim}/`, "/again"), bind(link, "/third")];
    const made = await run({ annotations: wish, mounts }, { links: { [link]: claim } });
    const { spec, prepare, rootIdentity } = made;
    expect(spec.root).toEqual({ path: claim, readonly: false });
    expect(rootIdentity).toEqual({ device: 1, inode: 2 });
    expect(spec.mounts).toEqual([proc, hosts]);
    expect(spec.annotations).toEqual({
      ...wish,
      "sgs.snucse.org/original-root": "rootfs",
      "sgs.snucse.org/boot-volume-active": "true",
    });
    expect(prepare).toEqual([]);
  });

  const overlay = { ...wish, "sgs.snucse.org/os-volume-mode": "overlay" };

  it("puts the volume over the image in overlay mode (SGS-28, SGS-29)", async () => {
    const { spec, prepare } = await run({ annotations: overlay, mounts: [bind(claim, "/mnt/os")] });
    expect(spec.root).toEqual({ path: `${claim}/merged`, readonly: false });
    expect(spec.annotations).toMatchObject({
      "sgs.snucse.org/overlay-lower": "/bundle/rootfs",
      "sgs.snucse.org/overlay-upper": `${claim}/upper`,
      "sgs.snucse.org/overlay-merged": `${claim}/merged`,
    });
    expect(prepare.map(({ kind }) => kind)).toEqual(["lease", "mkdir", "mkdir", "mkdir", "unmount", "mount"]);
    expect(prepare.at(-1)).toMatchObject({
      type: "overlay",
      target: `${claim}/merged`,
      options: ["lowerdir=/bundle/rootfs", `upperdir=${claim}/upper`, `workdir=${claim}/work`],
    });
  });

  it("mounts its overlay again when it is applied to its own result (SGS-20, SGS-28)", async () => {
    const first = await run({ annotations: overlay, mounts: [bind(claim, "/mnt/os")] });
    const second = await run({ ...first.spec, annotations: { ...first.spec.annotations } });
    expect(second.spec).toEqual(first.spec);
    expect(second.prepare).toEqual(first.prepare);
    const elsewhere = { ...first.spec, root: { path: "/etc/merged" } };
    const annotations = { ...first.spec.annotations, "sgs.snucse.org/overlay-merged": "/etc/merged" };
    await expect(run({ ...elsewhere, annotations })).rejects.toThrow(/attack/);
  });

  it("escapes a colon in a layer's path, and refuses a comma (SGS-28)", async () => {
    const root = { path: "/images/a:b" };
    const { prepare } = await run({ annotations: overlay, mounts: [bind(claim, "/mnt/os")], root });
    expect(prepare.at(-1)).toMatchObject({ options: expect.arrayContaining(["lowerdir=/images/a\\:b"]) });
    const mounts = [bind(claim, "/mnt/os")];
    await expect(run({ annotations: overlay, mounts, root: { path: "/a,b" } })).rejects.toThrow(
      "/a,b has a comma",
    );
  });

  it("refuses an overlay on an old kernel, and on a volume that is one itself (SGS-28)", async () => {
    const mounts = [bind(claim, "/mnt/os")];
    await expect(run({ annotations: overlay, mounts }, { release: "5.10.0-28" })).rejects.toThrow(
      /5\.11 or newer/,
    );
    await expect(run({ annotations: overlay, mounts }, { overlays: [claim] })).rejects.toThrow(
      /on an overlay itself/,
    );
  });

  it.each(["upper", "work", "merged"])("refuses a link that is the overlay's %s (SGS-15)", async (name) => {
    const mounts = [bind(claim, "/mnt/os")];
    const path = `${claim}/${name}`;
    await expect(run({ annotations: overlay, mounts }, { links: { [path]: "/etc" } })).rejects.toThrow(
      `${path} is a link, to /etc`,
    );
    const first = await run({ annotations: overlay, mounts }, { missing: [path] });
    await expect(run(first.spec, { links: { [path]: "/etc" } })).rejects.toThrow("is a link, to /etc");
  });

  it("refuses a mode that it does not have", async () => {
    await expect(
      run({ annotations: { ...overlay, "sgs.snucse.org/os-volume-mode": "both" } }),
    ).rejects.toThrow(/os-volume-mode: "both" is neither/);
  });
});
