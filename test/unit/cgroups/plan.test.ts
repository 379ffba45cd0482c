import { describe, expect, it } from "vitest";
import { joinCgroup } from "../../../src/cgroups/join.ts";
import { planCgroup } from "../../../src/cgroups/plan.ts";
import { aRequest, HYBRID_HOST, V1_HOST, V2_HOST } from "./hosts.ts";

const ROOT = "/sys/fs/cgroup";

describe("planCgroup() places", () => {
  it("puts a container into every v1 hierarchy, once where controllers share one", () => {
    const { cgroup, setup, hierarchies } = planCgroup(aRequest(), V1_HOST);
    expect(cgroup.paths["cpu"]).toBe(`${ROOT}/cpu,cpuacct/ns/web`);
    expect(cgroup.paths["cpuacct"]).toBe(cgroup.paths["cpu"]);
    expect(cgroup.paths["name=systemd"]).toBe(`${ROOT}/systemd/ns/web`);
    expect(cgroup.paths[""]).toBeUndefined();
    expect(setup.dirs).toHaveLength(V1_HOST.mounts.length);
    expect(setup.joins.map(({ path }) => path)).toEqual(setup.dirs.map((dir) => `${dir}/tasks`));
    expect(setup.cloneInto).toBeUndefined();
    expect(setup.oomFile).toBe(`${ROOT}/memory/ns/web/memory.oom_control`);
    expect(hierarchies[0]).toEqual({
      mountPoint: `${ROOT}/cpu,cpuacct`,
      controllers: ["cpu", "cpuacct"],
      path: "/ns/web",
    });
    expect(joinCgroup(cgroup)).toEqual({ joins: setup.joins });
  });

  it("adds the unified hierarchy of a hybrid host, into which the process is cloned", () => {
    const { cgroup, setup, hierarchies } = planCgroup(aRequest(), HYBRID_HOST);
    expect(cgroup.paths[""]).toBe(`${ROOT}/unified/ns/web`);
    expect(setup.cloneInto).toBe(`${ROOT}/unified/ns/web`);
    expect(setup.joins.map(({ path }) => path)).not.toContain(`${ROOT}/unified/ns/web/tasks`);
    expect(setup.dirs).toContain(`${ROOT}/unified/ns/web`);
    expect(setup.writes.some(({ path }) => path.includes("subtree_control"))).toBe(false);
    expect(hierarchies.every(({ controllers }) => controllers.length > 0)).toBe(true);
    expect(setup.oomFile).toBe(`${ROOT}/memory/ns/web/memory.oom_control`);
  });

  it("fills a v1 cpuset from the top down", () => {
    expect(planCgroup(aRequest(), V1_HOST).setup.fills).toEqual([
      { path: `${ROOT}/cpuset/ns/cpuset.cpus`, from: `${ROOT}/cpuset/cpuset.cpus` },
      { path: `${ROOT}/cpuset/ns/cpuset.mems`, from: `${ROOT}/cpuset/cpuset.mems` },
      { path: `${ROOT}/cpuset/ns/web/cpuset.cpus`, from: `${ROOT}/cpuset/ns/cpuset.cpus` },
      { path: `${ROOT}/cpuset/ns/web/cpuset.mems`, from: `${ROOT}/cpuset/ns/cpuset.mems` },
    ]);
  });

  it("enables every v2 controller above the container, tolerating what cannot be had", () => {
    const { cgroup, setup, hierarchies } = planCgroup(aRequest(), V2_HOST);
    expect(cgroup).toEqual({ mode: "v2", paths: { "": `${ROOT}/ns/web` } });
    expect(setup.dirs).toEqual([`${ROOT}/ns/web`]);
    expect(setup.fills).toEqual([]);
    expect(setup.joins).toEqual([]);
    expect(setup.writes).toEqual(
      [ROOT, `${ROOT}/ns`].flatMap((dir) =>
        V2_HOST.unifiedControllers.map((name) => ({
          path: `${dir}/cgroup.subtree_control`,
          value: `+${name}`,
          tolerate: 15,
        })),
      ),
    );
    expect(setup.oomFile).toBe(`${ROOT}/ns/web/memory.events`);
    expect(hierarchies).toEqual([{ mountPoint: ROOT, controllers: [], path: "/ns/web" }]);
  });

  it.each([
    ["/a/b", "/cpu,cpuacct/a/b", "/a/b"],
    ["/a//b/", "/cpu,cpuacct/a/b", "/a/b"],
    ["/../../a", "/cpu,cpuacct/a", "/a"],
    ["a/b", "/cpu,cpuacct/user/a/b", "/user.slice/a/b"],
    ["../../../a", "/cpu,cpuacct/user/a", "/user.slice/a"],
    [undefined, "/cpu,cpuacct/user/web", "/user.slice/web"],
    ["", "/cpu,cpuacct/user/web", "/user.slice/web"],
  ])("cgroupsPath %s is %s on v1 and %s on v2", (cgroupsPath, v1, v2) => {
    expect(planCgroup(aRequest({ cgroupsPath }), V1_HOST).cgroup.paths["cpu"]).toBe(ROOT + v1);
    expect(planCgroup(aRequest({ cgroupsPath }), V2_HOST).cgroup.paths[""]).toBe(ROOT + v2);
  });

  it.each(["/", ".", "..", "/a/..", "//", "/a\0b", "a\nb"])("refuses cgroupsPath %j", (cgroupsPath) => {
    expect(() => planCgroup(aRequest({ cgroupsPath }), V2_HOST)).toThrowError(
      expect.objectContaining({ code: "bad-value" }),
    );
  });
});

describe("planCgroup() devices", () => {
  it("denies everything first on v1, then allows what the rules and the runtime allow", () => {
    const devices = [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
    ];
    const { writes, deviceProgram } = planCgroup(aRequest({ resources: { devices } }), V1_HOST).setup;
    expect(deviceProgram).toBeUndefined();
    expect(writes.map(({ path, value }) => `${path.slice(path.lastIndexOf(".") + 1)} ${value}`)).toEqual([
      "deny a *:* rwm",
      "allow b *:* m",
      "allow c *:* m",
      "allow c 1:3 rwm",
      "allow c 1:5 rwm",
      "allow c 1:7 rwm",
      "allow c 1:8 rwm",
      "allow c 1:9 rwm",
      "allow c 5:0 rwm",
      "allow c 5:2 rwm",
      "allow c 10:200 rwm",
      "allow c 10:229 rw",
      "allow c 136:* rwm",
    ]);
  });
  it("allows all to a privileged container", () => {
    const resources = { devices: [{ allow: true, access: "rwm" }] };
    const v1 = planCgroup(aRequest({ resources }), V1_HOST).setup;
    expect(v1.writes).toEqual([
      { path: `${ROOT}/devices/ns/web/devices.allow`, value: "a *:* rwm", tolerate: 0 },
    ]);
    expect(planCgroup(aRequest({ resources }), V2_HOST).setup.deviceProgram).toBeUndefined();
  });
  it("leaves v1 devices alone in a user namespace, and lets the v2 filter fail there", () => {
    const request = aRequest({ hasUserNamespace: true });
    expect(planCgroup(request, V1_HOST).setup.writes).toEqual([]);
    expect(planCgroup(request, V2_HOST).setup.deviceProgram).toMatchObject({
      cgroupDir: `${ROOT}/ns/web`,
      tolerate: true,
    });
    expect(planCgroup(aRequest(), V2_HOST).setup.deviceProgram?.tolerate).toBe(false);
  });
  it("needs the devices hierarchy on v1", () => {
    const mounts = V1_HOST.mounts.filter(({ controllers }) => !controllers.includes("devices"));
    expect(() => planCgroup(aRequest(), { ...V1_HOST, mounts })).toThrowError(
      expect.objectContaining({ code: "missing-controller" }),
    );
  });
});

describe("planCgroup() without privileges", () => {
  const unwritable = V1_HOST.mounts.map(({ mountPoint }) => mountPoint);
  const rootless = { isRootless: true, hasUserNamespace: true, cgroupsPath: undefined };

  it("goes without a cgroup when nothing is asked of it", () => {
    const plan = planCgroup(aRequest(rootless), { ...V1_HOST, unwritable });
    expect(plan.cgroup.paths).toEqual({});
    expect(plan.setup).toEqual({ dirs: [], fills: [], writes: [], joins: [] });
    expect(plan.warnings).toEqual([]);
    const v2 = planCgroup(aRequest(rootless), { ...V2_HOST, unwritable: [ROOT] });
    expect(v2.setup).toEqual({ dirs: [], fills: [], writes: [], joins: [] });
  });
  it("shows the runtime's own cgroups where it has none", () => {
    const v1 = planCgroup(aRequest(rootless), { ...V1_HOST, unwritable });
    expect(v1.hierarchies.map(({ path }) => path)).toEqual(V1_HOST.mounts.map(({ ownPath }) => ownPath));
    const v2 = planCgroup(aRequest(rootless), { ...V2_HOST, unwritable: [ROOT] });
    expect(v2.hierarchies.map(({ path }) => path)).toEqual(["/user.slice/session-1.scope"]);
  });
  it("uses what was delegated to it", () => {
    const plan = planCgroup(aRequest(rootless), V2_HOST);
    expect(plan.setup.cloneInto).toBe(`${ROOT}/user.slice/web`);
  });
  it.each([
    ["v1", { ...V1_HOST, unwritable }],
    ["v2", { ...V2_HOST, unwritable: [ROOT] }],
  ])("refuses a limit it cannot apply (%s)", (_, host) => {
    const request = aRequest({ ...rootless, resources: { memory: { limit: 5 } } });
    const plan = () => planCgroup(request, host);
    expect(plan).toThrowError(expect.objectContaining({ code: "no-permission", kind: "permission-denied" }));
    expect(plan).toThrowError("cannot set memory limit: container could not join or create cgroup");
  });
  it("tries a cgroup that was named", () => {
    const request = aRequest({ ...rootless, cgroupsPath: "/delegated/web" });
    expect(planCgroup(request, { ...V2_HOST, unwritable: [ROOT] }).setup.dirs).toEqual([
      `${ROOT}/delegated/web`,
    ]);
  });
});
