import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  type ContainerOptions,
  createContainer,
  runContainer,
  startContainer,
} from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { isGantry } from "../helpers/paths.ts";

/** Each of these fails at another stage of Create or Start. The leak check of every test is the point. */
const FAILURES: readonly { what: string; options: ContainerOptions; message: RegExp }[] = [
  {
    what: "a program that does not exist",
    options: { args: ["/no/such/program"] },
    message: /no such file or directory/i,
  },
  {
    what: "a program that is not executable",
    options: { args: ["/etc/passwd"] },
    message: /permission denied/i,
  },
  {
    what: "a working directory that is a file",
    options: { args: ["true"], cwd: "/etc/passwd" },
    message: /not a directory|cwd/i,
  },
  {
    what: "a root mount of an unknown type",
    options: { args: ["true"], rootfs: [{ type: "no-such-fs", source: "none", options: [] }] },
    message: /no such device|no-such-fs/i,
  },
  {
    what: "a root mount whose lower directory does not exist",
    options: {
      args: ["true"],
      rootfs: [{ type: "overlay", source: "overlay", options: ["lowerdir=/no/such/lower"] }],
    },
    message: /no such file or directory/i,
  },
  {
    what: "a bind mount of something that does not exist",
    options: {
      args: ["true"],
      change: (spec) =>
        spec.mounts.push({
          destination: "/mnt/x",
          type: "bind",
          source: "/no/such/source",
          options: ["rbind", "ro"],
        }),
    },
    message: /no such file or directory/i,
  },
  {
    what: "a mount of an unknown type",
    options: {
      args: ["true"],
      change: (spec) =>
        spec.mounts.push({ destination: "/mnt/x", type: "no-such-fs", source: "x", options: [] }),
    },
    message: /no such device|no-such-fs/i,
  },
  {
    what: "a limit the kernel refuses",
    options: { args: ["true"], resources: { cpu: { cpus: "4000-4001" } } },
    message: /cpuset|invalid argument|out of range/i,
  },
  {
    what: "a namespace path that does not exist",
    options: {
      args: ["true"],
      change: (spec) => {
        spec.linux.namespaces = [
          ...spec.linux.namespaces.filter(({ type }) => type !== "network"),
          { type: "network", path: "/no/such/netns" },
        ];
      },
    },
    message: /no such file or directory/i,
  },
  {
    what: "a seccomp profile with an unknown action",
    options: {
      args: ["true"],
      change: (spec) => {
        spec.linux["seccomp"] = { defaultAction: "SCMP_ACT_PONDER" };
      },
    },
    message: /SCMP_ACT_PONDER|action/i,
  },
  {
    what: "a capability set that is not a list",
    options: {
      args: ["true"],
      change: (spec) => {
        spec.process["capabilities"] = { bounding: "CAP_CHOWN" };
      },
    },
    message: /capabilities|unmarshal/i,
  },
  {
    what: "no arguments",
    options: { args: [] },
    message: /args/i,
  },
  {
    // containerd itself stumbles over text that is no JSON, before any shim is asked.
    what: "a config.json of the wrong shape",
    options: {
      args: ["true"],
      rawSpec: {
        type_url: "types.containerd.io/opencontainers/runtime-spec/1/Spec",
        value: Buffer.from('{"ociVersion": "1.0.2", "process": {"args": "true"}, "mounts": "none"}'),
      },
    },
    message: /json|args|mounts/i,
  },
  {
    what: "a hook that fails",
    options: {
      args: ["true"],
      change: (spec) => {
        spec.hooks = { createRuntime: [{ path: "/bin/false" }] };
      },
    },
    message: /hook/i,
  },
];

describeWithContainerd("Create that fails leaves nothing behind", (containerd) => {
  it.each(FAILURES)("$what", async ({ options, message }) => {
    // Create or Start may be the one that fails; containerd's clients do not care which.
    await expect(startContainer(containerd(), { ...options, id: "failing" })).rejects.toThrow(message);
    // The id is free again and the daemon well.
    expect(await runContainer(containerd(), { id: "failing", args: ["echo", "well"] })).toMatchObject({
      stdout: "well\n",
    });
  });

  it("a parent cgroup that is a file", async () => {
    const file = containerd().version === "1.6" ? "cgroup.procs" : "tasks";
    await expect(
      startContainer(containerd(), {
        args: ["true"],
        change: (spec) => {
          spec.linux.cgroupsPath = `/${containerd().namespace}/../${file}/below`;
        },
      }),
    ).rejects.toThrow(/cgroup|not a directory/i);
  });

  it("a runtime that does not exist", async () => {
    await expect(
      createContainer(containerd(), { args: ["true"], runtime: "io.containerd.nonesuch.v1" }),
    ).rejects.toThrow(/nonesuch/);
  });

  it("an id that is already in use, and the first container goes on", async () => {
    const first = await startContainer(containerd(), { id: "taken", args: ["sleep", "1000"] });
    await expect(containerd().api.tasks.create({ container_id: "taken", rootfs: [] })).rejects.toThrow(
      /already exists/i,
    );
    expect(await first.state()).toMatchObject({ status: "RUNNING" });
    await first.remove();
  });

  it("a bundle directory in the way", async () => {
    const stale = join(containerd().dir, "s/io.containerd.runtime.v2.task", containerd().namespace, "stale");
    mkdirSync(stale, { recursive: true });
    await expect(startContainer(containerd(), { id: "stale", args: ["true"] })).rejects.toThrow(/exists/);
    rmSync(stale, { recursive: true, force: true });
  });

  it.runIf(isGantry)("tells which program was missing, as a person would want to read it", async () => {
    await expect(startContainer(containerd(), { args: ["/no/such/program"] })).rejects.toThrow(
      /"?\/no\/such\/program"?/,
    );
  });
});
