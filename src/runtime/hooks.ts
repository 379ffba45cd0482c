import { messageOf } from "../core/errors.ts";
import { compileHooksPlan } from "../plan/hooks.ts";
import { stateDocument } from "../spec/state-document.ts";
import type { ContainerRecord, ProcessIdentity } from "../state/record.ts";
import { carryOut } from "./carry-out.ts";
import { environmentList, type RuntimeContext } from "./context.ts";
import { frozenSpec } from "./remembered.ts";

/** Run the poststart hooks of the frozen spec in `stateDir`. @throws {ExecutorError}; {SpecError} */
export async function runPoststart(
  context: RuntimeContext,
  record: ContainerRecord,
  init: ProcessIdentity,
  stateDir: string,
): Promise<void> {
  const spec = frozenSpec(context, stateDir);
  const hooks = spec.hooks?.poststart ?? [];
  if (hooks.length === 0) return;
  const { id, bundle } = record;
  const state = stateDocument(spec, { id, status: "running", pid: init.pid, bundle });
  const plan = compileHooksPlan(hooks, state, {
    hookKind: "poststart",
    cwd: process.cwd(),
    env: environmentList(context),
    tolerate: false,
  });
  await carryOut(context, plan, stateDir, { lockedDir: stateDir });
}

/**
 * Read the poststop hooks of the frozen spec in `stateDir`, before it goes.
 *
 * @returns runs them; what goes wrong with that is logged. undefined: there are none
 * @throws {SpecError}
 */
export function loadPoststop(
  context: RuntimeContext,
  record: ContainerRecord,
  stateDir: string,
): (() => Promise<void>) | undefined {
  const spec = frozenSpec(context, stateDir);
  const hooks = spec.hooks?.poststop ?? [];
  if (hooks.length === 0) return undefined;
  const state = stateDocument(spec, { id: record.id, status: "stopped", bundle: record.bundle });
  return async () => {
    try {
      const plan = compileHooksPlan(hooks, state, {
        hookKind: "poststop",
        cwd: process.cwd(),
        env: environmentList(context),
        tolerate: true,
      });
      await carryOut(context, plan, context.store.stateRoot);
    } catch (error) {
      // The container is gone; runtime-spec, "Lifecycle": log a warning and go on.
      context.log.log("warn", `poststop hooks: ${messageOf(error)}`);
    }
  };
}
