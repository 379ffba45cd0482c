import { join } from "node:path";
import { parseContainerId, parseHostPath } from "../../src/core/ids.ts";
import { silentLogger } from "../../src/core/log.ts";
import type { RuntimeContext } from "../../src/runtime/context.ts";
import { ConfigReader } from "../../src/runtime/node-config.ts";
import { transformForCreate } from "../../src/runtime/transform.ts";
import { defaultSpec } from "../../src/spec/default-spec.ts";
import { validateSpec } from "../../src/spec/validate.ts";
import { type RowResult, Series } from "./figure.ts";
import type { Run } from "./rounds.ts";

const CALLS = 2000;

/** What the pipeline adds to a create when no transform applies, in a process that is warm. */
export async function measurePipeline(run: Run): Promise<RowResult> {
  run.progress("gantry");
  const configs = new ConfigReader();
  const context: Pick<RuntimeContext, "readConfig" | "withUserTransforms" | "log"> = {
    readConfig: () => configs.read(undefined),
    withUserTransforms: (_config, use) => use([]),
    log: silentLogger,
  };
  const spec = validateSpec(defaultSpec({ isRootless: false, euid: 0, egid: 0, isCgroupV2: true }));
  const request = {
    id: parseContainerId("bench"),
    bundle: parseHostPath(join("/run", "bench"), "bundle"),
    rootfsMounts: [],
  };
  const times = new Series();
  for (let i = 0; i < CALLS; i += 1) {
    run.signal.throwIfAborted();
    const startedAt = performance.now();
    await transformForCreate(context as RuntimeContext, spec, request);
    if (i >= CALLS / 2) times.add("gantry", 0, performance.now() - startedAt);
  }
  return {
    title: "Transforms: what they add to a create when none applies",
    figures: [times.figure("pipeline.idle", "configuration, requests and every transform's no, ms")],
    notes: ["In one process, as the warm runtime does it; the configuration is looked at each time."],
  };
}
