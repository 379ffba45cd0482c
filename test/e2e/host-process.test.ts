import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Containerd, ctrRunFlags } from "../helpers/containerd.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";

/** A handler's configuration, with its overlays on a tmpfs of the test's own. */
function handler(containerd: Containerd): { readonly config: string; readonly dispose: () => void } {
  const memory = join(containerd.dir, "host-process");
  mkdirSync(memory);
  execFileSync("mount", ["-t", "tmpfs", "gantry-test", memory]);
  const file = join(memory, "host.toml");
  const base = JSON.stringify(join(memory, "overlays"));
  writeFileSync(file, `[host_process]\nmode = "always"\noverlay_base = ${base}\n`, { mode: 0o600 });
  return { config: file, dispose: () => void execFileSync("umount", [memory]) };
}

describeWithContainerd("a handler of host processes", (containerd) => {
  it("runs the node's programs on the node's files, and a namespace's pods share what they write", async () => {
    const daemon = containerd();
    const { config, dispose } = handler(daemon);
    const file = `/etc/gantry-${process.pid}`;
    const run = (id: string, namespace: string, script: string) => {
      const annotation = `io.kubernetes.cri.sandbox-namespace=${namespace}`;
      const flags = ["--rm", "--runtime-config-path", config, "--annotation", annotation];
      const image = daemon.image.name;
      return daemon.ctr(["run", ...ctrRunFlags(daemon), ...flags, image, id, "/bin/sh", "-c", script]);
    };
    try {
      const release = readFileSync("/etc/os-release", "utf8");
      expect(await run("h1", "team-a", `cat /etc/os-release; echo written >${file}`)).toMatchObject({
        code: 0,
        stdout: release,
      });
      expect(existsSync(file)).toBe(false);
      expect(await run("h2", "team-a", `cat ${file}; exit 7`)).toMatchObject({
        code: 7,
        stdout: "written\n",
      });
      expect(await run("h3", "team-b", `cat ${file}`)).toMatchObject({ code: 1, stdout: "" });
    } finally {
      dispose();
    }
  });
});
