import { expect, it } from "vitest";
import { runContainer, startContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { within } from "../helpers/wait.ts";

describeWithContainerd("many at once", (containerd) => {
  it("runs 30 containers at once, each with its own output and exit code", async () => {
    const done = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        runContainer(containerd(), { args: ["sh", "-c", `echo container ${i}; sleep 0.2; exit ${i}`] }),
      ),
    );
    expect(done).toEqual(
      Array.from({ length: 30 }, (_, i) => ({ status: i, stdout: `container ${i}\n`, stderr: "" })),
    );
  });

  it("groups containers of one pod and keeps them apart", async () => {
    const inPod = (id: string) =>
      startContainer(containerd(), {
        id,
        args: ["sh", "-c", `echo ${id}; exec sleep 1000`],
        change: (spec) => {
          spec.annotations["io.kubernetes.cri.sandbox-id"] = "pod1";
        },
      });
    const first = await inPod("pod1");
    const members = await Promise.all(["m1", "m2", "m3"].map(inPod));
    for (const one of [first, ...members]) {
      expect(await one.state()).toMatchObject({ status: "RUNNING", pid: one.pid });
    }
    // The first one goes, the others stay.
    await first.kill(9);
    await within("exit", first.exit);
    await first.remove();
    for (const one of members) {
      expect(await one.state()).toMatchObject({ status: "RUNNING" });
      expect(await one.exec(["echo", "still here"])).toMatchObject({ stdout: "still here\n" });
    }
    await Promise.all(members.map((one) => one.remove()));
  });
});
