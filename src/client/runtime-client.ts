import { type CreateCall, createContainer } from "./create.ts";
import { type DeleteCall, deleteContainer } from "./delete.ts";
import { type ExecCall, execProcess } from "./exec.ts";
import { type KillCall, killContainer } from "./kill.ts";
import { pauseContainer, resumeContainer } from "./pause.ts";
import type { RuntimeConfig } from "./run.ts";
import { startContainer } from "./start.ts";
import { updateContainer } from "./update.ts";

/** The commands of one runtime with one state root; a test puts a fake here. Each throws `ClientError`. */
export interface RuntimeClient {
  create(call: CreateCall): Promise<void>;
  start(id: string, bundle: string): Promise<void>;
  exec(call: ExecCall): Promise<void>;
  kill(call: KillCall): Promise<void>;
  delete(call: DeleteCall): Promise<void>;
  pause(id: string, bundle: string): Promise<void>;
  resume(id: string, bundle: string): Promise<void>;
  update(id: string, bundle: string, resources: string): Promise<void>;
}

/** A client that runs gantry-runtime, one process for each command. */
export function createRuntimeClient(config: RuntimeConfig): RuntimeClient {
  return {
    create: (call) => createContainer(config, call),
    start: (id, bundle) => startContainer(config, id, bundle),
    exec: (call) => execProcess(config, call),
    kill: (call) => killContainer(config, call),
    delete: (call) => deleteContainer(config, call),
    pause: (id, bundle) => pauseContainer(config, id, bundle),
    resume: (id, bundle) => resumeContainer(config, id, bundle),
    update: (id, bundle, resources) => updateContainer(config, id, bundle, resources),
  };
}
