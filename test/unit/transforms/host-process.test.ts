import { describe, expect, it } from "vitest";
import type { ContainerId, HostPath } from "../../../src/core/brand.ts";
import type { FactAnswer, FactRequest, StatFact } from "../../../src/host/path-facts.ts";
import type { Mount, Spec, ValidSpec } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { DEFAULT_CONFIG } from "../../../src/transforms/config.ts";
import { factsOf } from "../../../src/transforms/facts.ts";
import type { HostProcessConfig } from "../../../src/transforms/host-process/config.ts";
import { hostProcess } from "../../../src/transforms/host-process.ts";
import { transformSpec } from "../../../src/transforms/pipeline.ts";
import { parseRequests } from "../../../src/transforms/requests.ts";
import { aLinux, aProcess, aSpec } from "../../helpers/spec.ts";

const ROOT_DEVICE = 1;
const RUN_DEVICE = 2;
const SHADOW = "root:$6$salt$hash:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n";

/** A node on which /var/run leads to /run, with an SSH server and a /usr of its own. */
function answer(request: FactRequest): FactAnswer {
  const found = (value: NonNullable<FactAnswer["value"]>): FactAnswer => ({ request, value });
  switch (request.kind) {
    case "stat":
      if (request.path === "/run") return found(statOf(RUN_DEVICE, "directory"));
      if (request.path === "/") return found(statOf(ROOT_DEVICE, "directory"));
      return request.path.startsWith("/etc/") ? found(statOf(ROOT_DEVICE, "file")) : { request };
    case "realpath":
      return ["/", "/data", "/etc", "/run", "/var/run"].includes(request.path)
        ? found(request.path === "/var/run" ? "/run" : request.path)
        : { request };
    case "read-file":
      return request.path === "/etc/shadow" ? found(SHADOW) : { request };
    case "listdir":
      return found(["moduli", "ssh_host_rsa_key", "ssh_host_rsa_key.pub", "sshd_config"]);
    case "mountinfo":
      return found([
        { ...MOUNT, mountPoint: "/", source: "/dev/sda1" },
        { ...MOUNT, mountPoint: "/usr", source: "/dev/sda2" },
        { ...MOUNT, mountPoint: "/var/lib/kubelet/pods/1/volumes/x", source: "/dev/sdb" },
        { ...MOUNT, mountPoint: "/sys/fs/bpf", source: "bpf" },
      ]);
    default:
      return { request };
  }
}

const MOUNT = {
  id: 1,
  parentId: 0,
  device: "8:1",
  root: "/",
  options: [],
  tags: [],
  fstype: "ext4",
  superOptions: [],
};

function statOf(device: number, type: "file" | "directory"): StatFact {
  return { type, mode: 0o640, uid: 0, gid: 42, sizeBytes: 1, device, inode: 1, major: 0, minor: 0 };
}

async function transform(spec: Spec, config: Partial<HostProcessConfig> = {}) {
  const { requests } = parseRequests(spec, {
    id: "c1" as ContainerId,
    bundle: "/bundle" as HostPath,
    rootfsMounts: [],
    config: { ...DEFAULT_CONFIG, hostProcess: { ...DEFAULT_CONFIG.hostProcess, mode: "always", ...config } },
  });
  const read = async (wanted: readonly FactRequest[]) => factsOf(wanted.map(answer));
  return transformSpec(validateSpec(spec), requests, [hostProcess], read);
}

/** A container as CRI makes it. */
function aPodSpec(change: Partial<Spec> = {}): Spec {
  const bind = (destination: string, source: string, ...options: string[]): Mount => {
    return { destination, type: "bind", source, options: ["rbind", "rprivate", ...options] };
  };
  return aSpec({
    hostname: "pod",
    annotations: { "io.kubernetes.cri.sandbox-namespace": "team-a" },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs" },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
      bind("/etc/resolv.conf", "/var/lib/containerd/resolv.conf"),
      bind("/data", "/var/lib/kubelet/pods/1/data", "ro"),
      bind("/var/run/secrets/kubernetes.io/serviceaccount", "/var/lib/kubelet/pods/1/token", "ro"),
    ],
    ...change,
  });
}

const destinations = (spec: ValidSpec): string[] => (spec.mounts ?? []).map(({ destination }) => destination);

describe("the host-process transform", () => {
  it("keeps argv, environment, user and directory, and takes the node's root and namespaces (RPR-21)", async () => {
    const { spec } = await transform(aPodSpec());
    expect(spec.process).toEqual(aProcess());
    expect(spec.root.path).toBe("/run/gantry/.overlays/ns-team-a/merged");
    expect(spec.linux?.namespaces).toEqual([{ type: "mount" }]);
    expect(spec.hostname).toBeUndefined();
  });

  it("lets limits stand, and takes sysctls, which would be the node's", async () => {
    const linux = aLinux({
      cgroupsPath: "/a",
      resources: { pids: { limit: 7 } },
      sysctl: { "net.core.somaxconn": "9" },
    });
    const { spec } = await transform(aPodSpec({ linux }));
    expect(spec.linux).toMatchObject({ cgroupsPath: "/a", resources: { pids: { limit: 7 } } });
    expect(spec.linux?.sysctl).toBeUndefined();
  });

  it("refuses a user namespace", async () => {
    const linux = aLinux({
      namespaces: [{ type: "user" }, { type: "uts" }, { type: "mount" }],
      uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
    });
    await expect(transform(aPodSpec({ linux }))).rejects.toThrow(/"host-process".*user namespace/);
  });

  it("shows the node's kernel filesystems, read-only where the container's are, and other disks read-only (RPR-22)", async () => {
    const { spec } = await transform(aPodSpec());
    expect(spec.mounts?.slice(0, 5)).toEqual([
      { destination: "/proc", type: "bind", source: "/proc", options: ["rbind", "rslave"] },
      { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "rslave", "rro"] },
      { destination: "/dev", type: "bind", source: "/dev", options: ["rbind", "rslave"] },
      { destination: "/run", type: "bind", source: "/run", options: ["rbind", "rslave"] },
      { destination: "/usr", type: "bind", source: "/usr", options: ["bind", "ro", "rslave"] },
    ]);
    expect(destinations(spec)).not.toContain("/tmp");
  });

  it("refuses an overlay on the root filesystem (RPR-22)", async () => {
    await expect(transform(aPodSpec(), { overlayBase: "/data/overlays" })).rejects.toThrow(
      /overlay_base \/data\/overlays is on the root filesystem/,
    );
    await expect(transform(aPodSpec(), { overlayBase: "/run/a:b" })).rejects.toThrow(/no colon/);
  });

  it.each<[string, Partial<HostProcessConfig>, Record<string, string>, string]>([
    ["its Kubernetes namespace", {}, {}, "ns-team-a"],
    ["the node, when the administrator wants", { overlay: "node" }, {}, "node"],
    ["one of its namespace's with a name", {}, { "gantry.dev/host-overlay-name": "x" }, "ns-team-a.x"],
    ["the same by the seed's name", {}, { "reaper.runtime/overlay-name": "x" }, "ns-team-a.x"],
    [
      "its namespace's when the name is none",
      {},
      { "gantry.dev/host-overlay-name": "../ns-team-b" },
      "ns-team-a",
    ],
    ["the node's with a name", { overlay: "node" }, { "gantry.dev/host-overlay-name": "x" }, "node.x"],
  ])("shares an overlay with %s (RPR-23)", async (_what, config, annotations, key) => {
    const spec = aPodSpec();
    const made = await transform({ ...spec, annotations: { ...spec.annotations, ...annotations } }, config);
    expect(made.prepare).toMatchObject([
      { kind: "shared-overlay", directory: `/run/gantry/.overlays/${key}`, lower: "/" },
    ]);
  });

  it("hides the node's secrets and gives password files without passwords (RPR-24)", async () => {
    const { spec, prepare } = await transform(aPodSpec());
    expect(spec.linux?.maskedPaths).toEqual(
      expect.arrayContaining([
        "/root/.ssh",
        "/etc/ssh/ssh_host_rsa_key",
        "/etc/sudoers",
        "/run/gantry/.overlays",
      ]),
    );
    expect(spec.linux?.maskedPaths).not.toContain("/etc/ssh/ssh_host_rsa_key.pub");
    expect(prepare).toMatchObject([
      {
        files: [
          {
            path: "/etc/shadow",
            mode: 0o640,
            gid: 42,
            content: "root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n",
          },
        ],
      },
    ]);
  });

  it("hides what the configuration says (RPR-24)", async () => {
    const more = await transform(aPodSpec(), { hide: ["/srv/keys"], show: ["/etc/sudoers", "/etc/shadow"] });
    expect(more.spec.linux?.maskedPaths).toEqual(expect.arrayContaining(["/srv/keys", "/root/.ssh"]));
    expect(more.spec.linux?.maskedPaths).not.toContain("/etc/sudoers");
    expect(more.prepare).toMatchObject([{ files: [] }]);
    const only = await transform(aPodSpec(), { hide: ["/srv/keys"], hideMode: "replace" });
    expect(only.spec.linux?.maskedPaths).toEqual(["/srv/keys", "/run/gantry/.overlays"]);
    const none = await transform(aPodSpec(), { filter: false });
    expect(none.spec.linux?.maskedPaths).toEqual([]);
  });

  it("takes capabilities that would make the hiding void, unless it is told to leave them (RPR-24)", async () => {
    const names = ["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_MKNOD"];
    const process = aProcess({ capabilities: { bounding: names, effective: names } });
    const { spec } = await transform(aPodSpec({ process }));
    expect(spec.process.capabilities).toEqual({ bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"] });
    const kept = await transform(aPodSpec({ process }), { keepCapabilities: true });
    expect(kept.spec.process.capabilities?.bounding).toEqual(names);
  });

  it("mounts volumes over what is hidden, with room for them where the directory is hidden (RPR-25)", async () => {
    const { spec } = await transform(aPodSpec());
    expect(destinations(spec).slice(5)).toEqual([
      "/run/secrets",
      "/data",
      "/var/run/secrets/kubernetes.io/serviceaccount",
    ]);
    expect(spec.mounts?.find(({ destination }) => destination === "/data")?.options).toContain("ro");
    expect(spec.linux?.maskedPaths).not.toContain("/run/secrets");
  });

  it("refuses a volume inside a kernel filesystem", async () => {
    const spec = aPodSpec({
      mounts: [{ destination: "/proc/uptime", type: "bind", source: "/x", options: ["bind"] }],
    });
    await expect(transform(spec)).rejects.toThrow(/mounts: \/proc\/uptime/);
  });

  it.each([
    ["the node's names", "host", {}, false],
    ["the pod's, by configuration", "kubernetes", {}, true],
    ["the pod's, by annotation", "host", { "reaper.runtime/dns-mode": "kubernetes" }, true],
    ["the node's when the annotation means nothing", "host", { "gantry.dev/host-dns-mode": "?" }, false],
  ] as const)("resolves %s (RPR-26)", async (_what, dns, annotations, isPods) => {
    const spec = aPodSpec();
    const made = await transform({ ...spec, annotations: { ...spec.annotations, ...annotations } }, { dns });
    expect(destinations(made.spec).includes("/etc/resolv.conf")).toBe(isPods);
  });

  it.each([
    ["never", "true", "does not allow it"],
    ["never", undefined, false],
    ["on-request", undefined, false],
    ["on-request", "true", true],
    ["always", undefined, true],
    ["always", "false", false],
    ["on-request", "maybe", 'neither "true" nor "false"'],
  ] as const)("with mode %s and the annotation %s: %s", async (mode, annotation, expected) => {
    const annotations = annotation === undefined ? {} : { "gantry.dev/host-process": annotation };
    const made = async () => (await transform(aPodSpec({ annotations }), { mode })).steps[0]?.applies;
    if (typeof expected === "string") await expect(made()).rejects.toThrow(expected);
    else expect(await made()).toBe(expected);
  });

  it("changes nothing of what it has made, and leaves sandboxes alone (PIP-4, PIP-10)", async () => {
    const first = await transform(aPodSpec());
    const second = await transform(first.spec);
    expect(second.spec).toEqual(first.spec);
    expect(second.prepare).toEqual(first.prepare);
    const annotations = { "io.kubernetes.cri.container-type": "sandbox" };
    expect((await transform(aPodSpec({ annotations }))).steps[0]?.applies).toBe(false);
  });
});
