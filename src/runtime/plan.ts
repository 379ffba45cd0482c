import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

import type { ContainerId, HostPath } from "../core/brand.ts";
import { parseHostPath } from "../core/ids.ts";
import type { Plan } from "../plan/op.ts";
import { loadSpec } from "../spec/load.ts";
import type { RuntimeContext } from "./context.ts";
import { prepareContainer } from "./prepare.ts";
import { processDirectory } from "./process-directory.ts";
import { resolveSupervision } from "./supervision.ts";
import { transformForCreate } from "./transform.ts";

/**
 * The plan that `create --monitor` would carry out for this bundle, with nothing made: no state, no cgroup, no mount. A
 * seccomp profile is compiled in a temporary directory that is gone afterwards.
 *
 * @throws what `createContainer` throws before it changes anything
 */
export async function planContainer(
  context: RuntimeContext,
  request: {
    readonly id: ContainerId;
    readonly bundle: HostPath;
    readonly noPivot: boolean;
    readonly noNewKeyring: boolean;
    readonly isSystemdCgroup: boolean;
  },
): Promise<Plan> {
  const wanted = { ...request, rootfsMounts: [] };
  const { spec, prepare, rootIdentity } = await transformForCreate(context, loadSpec(request.bundle), wanted);
  const { stateRoot } = context.store;
  const stateDir = context.store.stateDir(request.id);
  const scratchDir = mkdtempSync(`${tmpdir()}/gantry-plan-`);
  try {
    const prepared = await prepareContainer(
      context,
      spec,
      {
        ...wanted,
        prepare,
        ...(rootIdentity && { rootIdentity }),
        execFifo: parseHostPath(`${stateDir}/exec.fifo`, "exec fifo"),
        supervision: resolveSupervision(
          { kind: "detached", stdin: "", stdout: "", stderr: "" },
          {
            processDir: processDirectory(stateDir),
            hasTerminal: spec.process.terminal ?? false,
            consoleSocket: undefined,
            pidfdSocket: undefined,
            keepFds: 0,
            processId: request.id,
            stateRoot,
          },
        ),
      },
      { cacheDir: parseHostPath(scratchDir, "scratch directory"), scratchDir },
    );
    return prepared.plan;
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
}
