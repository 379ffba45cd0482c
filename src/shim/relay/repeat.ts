import { existsSync } from "node:fs";
import { join } from "node:path";
import { openCgroup } from "../../cgroups/open.ts";
import { hasComeOff, removeUnattended } from "../../client/came-off.ts";
import { ClientError } from "../../client/errors.ts";
import { execDir } from "../../client/process-files.ts";
import type { RuntimeClient } from "../../client/runtime-client.ts";
import { readContainerFacts } from "../../client/state-file.ts";
import { ShimError } from "../errors.ts";

const SIGKILL = 9;

/**
 * A client whose commands survive the death of the worker that carried them out: what became of it is looked up, and what did
 * not take effect is run once more, by a process of its own. So a command that kills its worker takes others with it once, and
 * none of them is blamed for it.
 *
 * @param alone runs what is run once more
 */
export function repeatingClient(
  client: RuntimeClient,
  alone: RuntimeClient,
  stateRoot: string,
): RuntimeClient {
  return {
    create: (call) =>
      unlessDied(
        () => client.create(call),
        async () => {
          const { id, bundle } = call;
          await alone.delete({ id, bundle, force: true, leftRootfs: join(bundle, "rootfs") });
          await alone.create(call);
        },
      ),
    start: (id, bundle) =>
      unlessDied(
        () => client.start(id, bundle),
        async () => {
          // The fifo is there until the container is started (docs/ARCHITECTURE.md, "Files").
          if (existsSync(join(stateRoot, id, "exec.fifo"))) await alone.start(id, bundle);
        },
      ),
    exec: (call) =>
      unlessDied(
        () => client.exec(call),
        async () => {
          const processDir = execDir(stateRoot, call.id, call.execId);
          if (await hasComeOff(processDir)) return;
          if (existsSync(processDir)) removeUnattended(processDir);
          await alone.exec(call);
        },
      ),
    kill: (call) =>
      unlessDied(
        () => client.kill(call),
        async () => {
          if (call.signal !== SIGKILL) {
            throw new ShimError("not-known", `signal ${call.signal}: the runtime died while it was sent`);
          }
          await alone.kill(call).catch((error: unknown) => {
            if (!(error instanceof ClientError && error.code === "not-running")) throw error;
          });
        },
      ),
    delete: (call) =>
      unlessDied(
        () => client.delete(call),
        () => alone.delete(call),
      ),
    pause: (id, bundle) =>
      unlessDied(
        () => client.pause(id, bundle),
        async () => {
          if (!(await isFrozen(stateRoot, id))) await alone.pause(id, bundle);
        },
      ),
    resume: (id, bundle) =>
      unlessDied(
        () => client.resume(id, bundle),
        async () => {
          if (await isFrozen(stateRoot, id)) await alone.resume(id, bundle);
        },
      ),
    update: (id, bundle, resources) =>
      unlessDied(
        () => client.update(id, bundle, resources),
        () => alone.update(id, bundle, resources),
      ),
  };
}

async function unlessDied(run: () => Promise<void>, afterwards: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ClientError && error.code === "worker-died")) throw error;
    await afterwards();
  }
}

async function isFrozen(stateRoot: string, id: string): Promise<boolean> {
  const facts = readContainerFacts(stateRoot, id);
  return facts !== undefined && (await openCgroup(facts.cgroup).isFrozen());
}
