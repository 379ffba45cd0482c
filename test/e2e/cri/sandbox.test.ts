import { existsSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Cri, startCri } from "../../helpers/cri.ts";
import { runPod } from "../../helpers/cri-pod.ts";
import { forward } from "../../helpers/cri-streams.ts";
import { containerdVersions, isGantry } from "../../helpers/paths.ts";
import { expectNothingNew, type Inventory } from "../../helpers/sandbox-leaks.ts";
import { waitFor } from "../../helpers/wait.ts";

const FOREVER = ["sleep", "1000"];
const READ = (kind: string) => `readlink /proc/self/ns/${kind}`;

// runc's shim has no sandbox service worth the name: its sandboxes have no process.
describe.runIf(isGantry && containerdVersions.includes("2.x"))('sandboxer = "shim" (containerd 2.x)', () => {
  let cri: Cri;
  let before: Inventory;
  beforeAll(async () => {
    cri = await startCri({ version: "2.x", handler: ['sandboxer = "shim"'] });
  });
  afterAll(() => cri?.stop());
  beforeEach(() => {
    before = cri.inventory();
  });
  afterEach(async (context) => {
    if (context.task.result?.state === "fail") await cri.reset();
    await expectNothingNew(cri.inventory, before);
  });

  it("a pod without a pause container: namespaces, host name, files, shared memory, network", async () => {
    const pod = await runPod(cri, {
      config: { dns_config: { servers: ["10.0.0.1"], searches: ["test"], options: ["ndots:3"] } },
      linux: {
        cgroup_parent: `/${cri.sandbox.namespace}`,
        security_context: { namespace_options: { network: "POD", pid: "CONTAINER", ipc: "POD" } },
        sysctls: { "kernel.shm_rmid_forced": "1" },
      },
    });
    const [a, b] = [await pod.run({ command: FOREVER }), await pod.run({ command: FOREVER })];
    for (const kind of ["net", "ipc", "uts"]) expect(await a.sh(READ(kind))).toBe(await b.sh(READ(kind)));
    expect(await a.sh(READ("pid"))).not.toBe(await b.sh(READ("pid")));
    expect(await a.sh("hostname; cat /etc/hostname /etc/resolv.conf")).toBe(
      `${pod.name}\n${pod.name}\nsearch test\nnameserver 10.0.0.1\noptions ndots:3`,
    );
    expect(await a.sh("cat /proc/sys/kernel/shm_rmid_forced")).toBe("1");
    await a.sh("echo shared > /dev/shm/file; test -s /etc/hosts");
    expect(await b.sh("cat /dev/shm/file")).toBe("shared");
    expect(await a.sh("ip -o -4 addr show eth0")).toContain(await pod.ip());
    await pod.remove();
  });

  it("a shared process namespace: the holder is process 1, and reaps", async () => {
    const pod = await runPod(cri, { namespaces: { pid: "POD" } });
    const [a, b] = [await pod.run({ command: FOREVER }), await pod.run({ command: ["sleep", "1002"] })];
    expect(await a.sh("ps -o pid,args")).toMatch(/^ +1 \/gantry-init reap$(.*\n)*.*sleep 1002/m);
    await b.sh("(sleep 0.05 & echo $! > /tmp/orphan)");
    await b.sh("while [ -e /proc/$(cat /tmp/orphan) ]; do sleep 0.02; done");
    await pod.remove();
  });

  // Not its network: containerd 2.1 itself panics then, before it has called us (containerd issue 12983).
  it("the host's process and IPC namespaces", async () => {
    const pod = await runPod(cri, { namespaces: { pid: "NODE", ipc: "NODE" } });
    const container = await pod.run({ command: FOREVER });
    expect(await container.sh("cat /proc/1/comm")).toBe("bash");
    const host = readlinkSync(`/proc/${cri.sandbox.pid}/ns/ipc`);
    expect(await container.sh(READ("ipc"))).toBe(host);
    await pod.remove();
  });

  it("port-forward, stats, status; a user namespace is refused", async () => {
    const pod = await runPod(cri);
    const container = await pod.run({ command: ["httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/srv"] });
    await container.sh("until wget -q -O /dev/null http://127.0.0.1:8080/readme; do sleep 0.02; done");
    const url = await cri.api.portForwardUrl(pod.id, [8080]);
    const request = "GET /readme HTTP/1.0\r\n\r\n";
    expect(await forward(cri, url, 8080, request, "layer\n")).toContain("the top layer");
    const stats = await cri.api.podStats(pod.id);
    expect(stats.linux.containers.map(({ attributes }) => attributes.id)).toEqual([container.id]);
    expect(await cri.api.podStatus(pod.id)).toMatchObject({ state: "SANDBOX_READY" });
    await pod.remove();
    const mapping = [{ host_id: 200_000, container_id: 0, length: 65_536 }];
    const userns_options = { mode: "POD", uids: mapping, gids: mapping };
    await expect(runPod(cri, { namespaces: { userns_options } })).rejects.toThrow(
      'needs a handler with sandboxer = "podsandbox"',
    );
  });

  it("stopped twice, removed while it runs; a holder that is killed ends the pod", async () => {
    const pod = await runPod(cri);
    await pod.run({ command: FOREVER });
    await pod.stop();
    await pod.stop();
    expect(await cri.api.podStatus(pod.id)).toMatchObject({ state: "SANDBOX_NOTREADY" });
    await pod.remove();

    const other = await runPod(cri);
    await cri.sandbox.run(["pkill", "-KILL", "-x", "-f", "/gantry-init reap"]);
    await waitFor("the pod to be over", async () => {
      return (await cri.api.podStatus(other.id)).state === "SANDBOX_NOTREADY";
    });
    await other.remove();
  });

  it("a stub that is killed ends its pod and leaves nothing", async () => {
    const pod = await runPod(cri);
    const container = await pod.run({ command: FOREVER });
    await cri.sandbox.run(["pkill", "-KILL", "-f", "^\\S*containerd-shim-gantry-v2 "]);
    expect((await container.exited()).state).toBe("CONTAINER_EXITED");
    await pod.remove();
  });

  it.each(["server", "TERM", "KILL"] as const)("%s killed: the pod goes on", async (what) => {
    const pod = await runPod(cri);
    const container = await pod.run({ command: FOREVER });
    if (what === "server") {
      await cri.sandbox.run(["pkill", "-KILL", "-x", "gantry-shimd"]);
    } else {
      await cri.halt(what);
      await cri.resume();
    }
    expect(await cri.api.podStatus(pod.id)).toMatchObject({ state: "SANDBOX_READY" });
    expect(await container.sh("hostname")).toBe(pod.name);
    const another = await pod.run({ command: FOREVER });
    expect(await another.sh(READ("net"))).toBe(await container.sh(READ("net")));
    await pod.remove();
  });

  it.each([
    ["CreateSandbox", "received answered"],
    ["StartSandbox", "received acted answered"],
    ["WaitSandbox", "received"],
    ["StopSandbox", "received acted answered"],
    ["ShutdownSandbox", "received answered"],
  ])("the server is killed in %s (%s): containerd does not notice", async (method, points) => {
    const killFile = join(cri.sandbox.dir, "kill");
    for (const point of points.split(" ")) {
      writeFileSync(killFile, `${method}:${point}`);
      const pod = await runPod(cri);
      const container = await pod.run({ command: FOREVER });
      expect(await container.sh("hostname")).toBe(pod.name);
      await pod.stop();
      expect(await cri.api.podStatus(pod.id)).toMatchObject({ state: "SANDBOX_NOTREADY" });
      await pod.remove();
      expect([point, existsSync(killFile)]).toEqual([point, false]);
    }
  });

  it("ten pods at once have ten holders, and no pause image", async () => {
    const pods = await Promise.all(Array.from({ length: 10 }, () => runPod(cri)));
    const holders = await cri.sandbox.run(["pgrep", "-c", "-x", "-f", "/gantry-init reap"]);
    expect(holders.stdout.trim()).toBe("10");
    await Promise.all(pods.map((pod) => pod.remove()));
  });
});
