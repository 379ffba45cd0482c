import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { encodeAny } from "../helpers/api.ts";
import { startContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { within } from "../helpers/wait.ts";

const noSystemd = existsSync("/run/systemd/system") ? "" : "systemd is not pid 1 here: npm run test:vm";

describeWithContainerd("systemd cgroup driver", (containerd) => {
  it("gives a container a scope, for its life", async ({ skip }) => {
    if (noSystemd) skip(noSystemd);
    const id = `${containerd().namespace}-scope`;
    const show = (property: string): string =>
      execFileSync("systemctl", ["show", `cri-${id}.scope`, "--property", property, "--value"], {
        encoding: "utf8",
      }).trim();
    const container = await startContainer(containerd(), {
      id,
      args: ["sleep", "1000"],
      resources: { memory: { limit: 64 << 20 } },
      runtimeOptions: encodeAny("containerd.runc.v1.Options", { systemd_cgroup: true }),
      change: (spec) => {
        spec.linux.cgroupsPath = `system.slice:cri:${id}`;
      },
    });
    expect(show("ActiveState")).toBe("active");
    expect(show("ControlGroup")).toBe(`/system.slice/cri-${id}.scope`);
    expect(await container.exec(["cat", "/proc/self/cgroup"])).toMatchObject({ status: 0 });
    expect((await containerd().api.tasks.metrics(id)).data).toBeDefined();
    await container.kill(9);
    expect(await within("exit", container.exit)).toMatchObject({ exit_status: 137 });
    await container.remove();
    expect(show("LoadState")).toBe("not-found");
  });
});
