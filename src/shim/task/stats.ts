import { openCgroup } from "../../cgroups/open.ts";
import { type CgroupLocation, readContainerFacts } from "../../client/state-file.ts";
import { ShimError } from "../errors.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";

/** An Any for the answer. The type URL has no prefix: containerd compares it for equality. */
export interface StatsAny {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/**
 * Stats: the cgroup's figures, in the form that fits the host. On a hybrid host the controllers are version 1, so is the form.
 *
 * @throws {ShimError} code "no-cgroup" when the container is gone from the runtime
 */
export async function readStats(shim: ShimContext, id: string): Promise<StatsAny> {
  const container = getContainer(shim, id);
  const facts = readContainerFacts(container.record.stateRoot, id);
  if (facts === undefined) throw new ShimError("no-cgroup", `cgroup of container ${id}: not found`);
  return cgroupMetrics(facts.cgroup);
}

/** A cgroup's figures. */
export async function cgroupMetrics(cgroup: CgroupLocation): Promise<StatsAny> {
  const stats = await openCgroup(cgroup).stats();
  if (stats.mode === "v2") {
    const { encodeMetricsV2 } = await import("./metrics-v2.ts");
    return { typeUrl: "io.containerd.cgroups.v2.Metrics", value: encodeMetricsV2(stats) };
  }
  const { encodeMetricsV1 } = await import("./metrics-v1.ts");
  return { typeUrl: "io.containerd.cgroups.v1.Metrics", value: encodeMetricsV1(stats) };
}
