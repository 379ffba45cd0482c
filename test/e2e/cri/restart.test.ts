import { expect, it } from "vitest";
import { describeWithCri } from "../../helpers/cri-e2e.ts";
import { runPod } from "../../helpers/cri-pod.ts";
import { waitFor } from "../../helpers/wait.ts";

describeWithCri(
  "containerd restarted under pods",
  (cri) => {
    it.each(["TERM", "KILL"] as const)("SIG%s: pods are recovered", async (signal) => {
      const pod = await runPod(cri());
      const script = "while [ ! -e /tmp/end ]; do echo tick; sleep 0.02; done; exit 11";
      const container = await pod.run({ command: ["sh", "-c", script] });
      const created = await pod.create({ command: ["true"] });
      const ended = await pod.run({ command: ["sh", "-c", "exit 12"] });
      await ended.exited();
      const orphan = await pod.run({
        command: ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.02; done; exit 13"],
      });
      const ip = await pod.ip();
      const { pid } = await cri().api.containerInfo(container.id);
      await waitFor("output", () => container.log().length > 3);

      const inside = `/proc/${(await cri().api.containerInfo(orphan.id)).pid}/root`;
      await cri().halt(signal);
      await cri().sandbox.run(["touch", `${inside}/tmp/go`]);
      await cri().resume();

      expect(await cri().api.podStatus(pod.id)).toMatchObject({ state: "SANDBOX_READY", network: { ip } });
      expect(await container.status()).toMatchObject({ state: "CONTAINER_RUNNING" });
      expect((await cri().api.containerInfo(container.id)).pid).toBe(pid);
      expect(await ended.status()).toMatchObject({ state: "CONTAINER_EXITED", exit_code: 12 });
      expect(await created.status()).toMatchObject({ state: "CONTAINER_CREATED" });
      // Which code is known of what ended meanwhile depends on the daemon's version.
      expect((await orphan.exited()).state).toBe("CONTAINER_EXITED");
      const seen = container.log().length;
      await waitFor("the log to go on", () => container.log().length > seen);
      expect(await container.sh("echo on")).toBe("on");
      await container.sh("touch /tmp/end");
      expect(await container.exited()).toMatchObject({ exit_code: 11 });
      const another = await pod.run({ command: ["sleep", "1000"] });
      expect(await another.sh("hostname")).toBe(pod.name);
      await pod.remove();
    });
  },
  { onNewest: true },
);
