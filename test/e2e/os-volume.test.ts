import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Containerd, ctrRunFlags } from "../helpers/containerd.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";

/** A claim as kubelet mounts it for a pod, with the files of the test's image in it. */
function claim(containerd: Containerd, name: string): { readonly volume: string; readonly config: string } {
  const pods = join(containerd.dir, "pods");
  const volume = join(pods, `uid-1/volumes/kubernetes.io~csi/${name}/mount`);
  mkdirSync(volume, { recursive: true });
  const config = join(containerd.dir, "os-volume.toml");
  writeFileSync(config, `[os_volume]\nroots = [${JSON.stringify(pods)}]\n`, { mode: 0o600 });
  return { volume, config };
}

describeWithContainerd("the root from a volume", (containerd) => {
  const run = (
    id: string,
    from: { readonly volume: string; readonly config: string },
    annotations: readonly string[],
    script: string,
  ) => {
    const daemon = containerd();
    const beacon = `type=bind,src=${from.volume},dst=/data,options=rbind:rw`;
    const flags = ["--rm", "--runtime-config-path", from.config, "--mount", beacon];
    for (const annotation of annotations) flags.push("--annotation", annotation);
    const image = daemon.image.name;
    return daemon.ctr(["run", ...ctrRunFlags(daemon), ...flags, image, id, "/bin/sh", "-c", script]);
  };

  it("a claim that is mounted as the beacon is the container's root, and keeps what it writes (SGS-21)", async () => {
    const from = claim(containerd(), "my-pvc");
    // What the walk-through does first: the system is copied to the claim by a container of the image.
    expect(
      await run(
        "v1",
        from,
        [],
        "cp -a /bin /data/ && mkdir /data/etc /data/dev /data/proc /data/sys /data/run",
      ),
    ).toMatchObject({
      code: 0,
    });
    const wanted = ["sgs.snucse.org/os-volume=my-pvc"];
    const first = await run(
      "v2",
      from,
      wanted,
      "echo kept >/kept; ls /data 2>/dev/null; cat /proc/1/mountinfo",
    );
    expect(first).toMatchObject({ code: 0 });
    const root = first.stdout.split("\n").find((line) => line.split(" ")[4] === "/");
    expect(root).toContain("/pods/uid-1/volumes/kubernetes.io~csi/my-pvc/mount / ");
    expect(root).not.toContain(" - overlay ");
    expect(readFileSync(join(from.volume, "kept"), "utf8")).toBe("kept\n");
    expect(await run("v3", from, ["gantry.dev/os-volume=my-pvc"], "cat /kept")).toMatchObject({
      code: 0,
      stdout: "kept\n",
    });
    expect(await run("v4", from, [], "cat /kept")).toMatchObject({ code: 1, stdout: "" });
  });

  it("a claim that no mount shows, or outside the pods' directory, starts nothing and leaves nothing (SGS-10, SGS-12)", async () => {
    const from = claim(containerd(), "my-pvc");
    // Not a claim's: a pod's own scratch directory is never taken for one.
    const scratch = { ...from, volume: from.volume.replace("kubernetes.io~csi", "kubernetes.io~empty-dir") };
    mkdirSync(scratch.volume, { recursive: true });
    const missing = await run("v5", scratch, ["gantry.dev/os-volume=my-pvc-2"], "true");
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toMatch(/os-volume.*my-pvc-2/);
    const outside = { ...from, volume: join(containerd().dir, "volumes/kubernetes.io~csi/my-pvc/mount") };
    mkdirSync(outside.volume, { recursive: true });
    const refused = await run(
      "v6",
      outside,
      ["gantry.dev/os-volume=my-pvc", "gantry.dev/os-volume-destination=/data"],
      "touch /made",
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(outside.volume);
    expect(existsSync(join(outside.volume, "made"))).toBe(false);
  });
});
