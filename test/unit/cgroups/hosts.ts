import type { CgroupHost, CgroupRequest } from "../../../src/cgroups/types.ts";

/** Version 1, with cpu and cpuacct mounted together, as Debian before 11 has it. */
export const V1_HOST: CgroupHost = {
  mode: "v1",
  mounts: [
    { mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"], ownPath: "/user" },
    ...["cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls", "net_prio"].map(
      (name) => ({ mountPoint: `/sys/fs/cgroup/${name}`, controllers: [name], ownPath: "/" }),
    ),
    { mountPoint: "/sys/fs/cgroup/systemd", controllers: ["name=systemd"], ownPath: "/user/1" },
  ],
  unifiedControllers: [],
  ioWeightFiles: [],
  unwritable: [],
};

/** The same without hugetlb, which a unified hierarchy beside it has. */
export const HYBRID_HOST: CgroupHost = {
  ...V1_HOST,
  mode: "hybrid",
  mounts: [
    ...V1_HOST.mounts.filter(({ controllers }) => !controllers.includes("hugetlb")),
    { mountPoint: "/sys/fs/cgroup/unified", controllers: [], ownPath: "/" },
  ],
  unifiedControllers: ["hugetlb"],
};

/** Version 2, below a systemd slice. */
export const V2_HOST: CgroupHost = {
  mode: "v2",
  mounts: [{ mountPoint: "/sys/fs/cgroup", controllers: [], ownPath: "/user.slice/session-1.scope" }],
  unifiedControllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"],
  ioWeightFiles: ["io.weight"],
  unwritable: [],
};

/** A request of root for container "web" at "/ns/web". */
export function aRequest(changes: Partial<CgroupRequest> = {}): CgroupRequest {
  return {
    id: "web",
    cgroupsPath: "/ns/web",
    resources: undefined,
    isRootless: false,
    hasUserNamespace: false,
    ...changes,
  };
}
