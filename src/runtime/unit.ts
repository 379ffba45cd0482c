import type { ValidSpec } from "../spec/types.ts";
import type { RuntimeContext } from "./context.ts";
import type { PreparedContainer } from "./prepare.ts";

/**
 * Have systemd make the container's cgroup, if it is systemd's to make. A scope ends when it is empty: a holder is in it until
 * `body` has put the container's process there (docs/decisions/004).
 *
 * @throws what `body` throws; {CgroupError}, {DbusError}, {ExecutorError} when there is no unit
 */
export async function withUnit<T>(
  context: RuntimeContext,
  spec: ValidSpec,
  { cgroup, unit }: PreparedContainer,
  body: () => Promise<T>,
): Promise<T> {
  if (unit === undefined) return body();
  const { startUnit } = await import("../cgroups/systemd/driver.ts");
  const { delegateCgroup, findCgroupOwner } = await import("../cgroups/systemd/delegate.ts");
  const { startHolder } = await import("../executor/holder.ts");
  const holder = unit.unit.name.endsWith(".slice") ? undefined : await startHolder(context.gantryInit);
  try {
    for (const warning of await startUnit(unit, holder?.pid)) context.log.log("warn", warning);
    const dir = cgroup.cgroup.mode === "v2" ? cgroup.cgroup.paths[""] : undefined;
    const owner = findCgroupOwner(spec);
    if (dir !== undefined && owner !== undefined) delegateCgroup(dir, owner);
    return await body();
  } finally {
    await holder?.release();
  }
}
