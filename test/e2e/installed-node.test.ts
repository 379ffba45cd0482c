/** A node as `gantry node install` leaves it: its own containerd, started from the result, runs pods on every handler. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeCgroups } from "../helpers/host.ts";
import { CONFIG, makeNode, type RunningNode, type ScratchNode, startNode } from "../helpers/node.ts";
import {
  type ContainerdVersion,
  containerdVersions,
  distBin,
  pauseImage,
  testImage,
} from "../helpers/paths.ts";
import { waitFor } from "../helpers/wait.ts";

let node: ScratchNode | undefined;
let running: RunningNode | undefined;
let cgroup = "";
beforeEach(() => {
  cgroup = `t-node-${process.pid}`;
});
afterEach(async () => {
  await running?.halt();
  await removeCgroups(cgroup);
  node?.dispose();
  node = undefined;
  running = undefined;
});

/** This machine may have no AppArmor, and may not lower scores. */
function configOf(version: ContainerdVersion): string {
  const is2 = version === "2.x";
  const plugin = is2 ? "io.containerd.cri.v1.runtime" : "io.containerd.grpc.v1.cri";
  const pause = is2
    ? `[plugins."io.containerd.cri.v1.images".pinned_images]\n  sandbox = "${pauseImage().name}"\n`
    : "";
  return `version = ${is2 ? 3 : 2}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
${pause}[plugins."${plugin}"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  netns_mounts_under_state_dir = true
  ${is2 ? "" : `sandbox_image = "${pauseImage().name}"`}
`;
}

it.each(containerdVersions)(
  "pods run on every handler of an installed node, and keep it from being removed (containerd %s)",
  async (version) => {
    node = makeNode(version, configOf(version));
    for (const file of ["hosts", "resolv.conf", "passwd", "group"]) node.write(`/etc/${file}`, "");
    // The node is a directory: there is no other filesystem for the overlays of host processes.
    node.write("/etc/gantry/gantry-host.toml", '[host_process]\nmode = "never"\n');
    const pristine = node.inventory();
    await node.ok(["install", "--from", distBin]);
    running = await startNode(node);
    for (const { tar } of [testImage(), pauseImage()]) await running.importImage(tar);
    const { api } = running;
    for (const handler of ["runc", "gantry", "gantry-host", "gantry-os-volume"]) {
      const config = {
        metadata: { name: handler, uid: handler, namespace: "default", attempt: 0 },
        linux: {
          cgroup_parent: `/${cgroup}`,
          security_context: { namespace_options: { network: "NODE", pid: "CONTAINER", ipc: "POD" } },
        },
      };
      const pod = await api.runPod(config, handler);
      const container = await api.createContainer(
        pod,
        {
          metadata: { name: "main", attempt: 0 },
          image: { image: testImage().name },
          command: ["sleep", "1000"],
        },
        config,
      );
      await api.startContainer(container);
      const { stdout } = await api.execSync(container, ["sh", "-c", "echo hello from $(id -u)"], 10);
      expect(stdout).toBe("hello from 0\n");
      const { code, stderr } = await node.gantry(["uninstall"]);
      if (handler === "runc") expect({ code }).toEqual({ code: 0 });
      else expect(stderr).toContain("containers of this node run with gantry: k8s.io/");
      if (handler === "runc") await node.ok(["install", "--from", distBin]);
      await api.stopPod(pod);
      await api.removePod(pod);
    }
    await bootFromVolume(node, api, cgroup);
    // The server goes away at once, not after its minute.
    await node.ok(["uninstall"]);
    await waitFor("the server's directory to go", () => !existsSync(node?.path("/run/gantry") ?? ""));
    await running.halt();
    running = await startNode(node);
    expect(Object.keys((await node.dump()).runtimes)).toEqual(["runc"]);
    await running.halt();
    node.remove("/containerd.log");
    for (const path of ["/var/lib/containerd", "/var/lib/kubelet", "/etc/cni", "/opt/containerd"])
      node.remove(path);
    expect(node.read(CONFIG)).toBe(configOf(version));
    expect([...node.inventory()].filter(([path]) => !pristine.has(path))).toEqual([]);
  },
);

/** The annotation of a pod comes through the CRI: its claim, once it holds a system, is the root of its container (SGS-21). */
async function bootFromVolume(node: ScratchNode, api: RunningNode["api"], cgroup: string): Promise<void> {
  const host_path = "/var/lib/kubelet/pods/uid-1/volumes/kubernetes.io~csi/my-pvc/mount";
  mkdirSync(node.path(host_path), { recursive: true });
  const run = async (name: string, annotations: Readonly<Record<string, string>>, script: string) => {
    const config = {
      metadata: { name, uid: name, namespace: "default", attempt: 0 },
      annotations,
      linux: {
        cgroup_parent: `/${cgroup}`,
        security_context: { namespace_options: { network: "NODE", pid: "CONTAINER", ipc: "POD" } },
      },
    };
    const pod = await api.runPod(config, "gantry-os-volume");
    const container = await api.createContainer(
      pod,
      {
        metadata: { name: "main", attempt: 0 },
        image: { image: testImage().name },
        command: ["sh", "-c", script],
        mounts: [{ container_path: "/data", host_path }],
      },
      config,
    );
    await api.startContainer(container);
    await waitFor("the container to end", async () => {
      return (await api.containerStatus(container)).state === "CONTAINER_EXITED";
    });
    const { exit_code } = await api.containerStatus(container);
    await api.stopPod(pod);
    await api.removePod(pod);
    return exit_code;
  };
  expect(await run("fill", {}, "cp -a /bin /data/ && cd /data && mkdir -p etc dev proc sys tmp")).toBe(0);
  const annotations = { "gantry.dev/os-volume": "my-pvc" };
  expect(await run("edit", annotations, "echo kept >/kept")).toBe(0);
  expect(readFileSync(join(node.path(host_path), "kept"), "utf8")).toBe("kept\n");
  expect(await run("run", annotations, 'exit "$(grep -c kept /kept)0"')).toBe(10);
}
