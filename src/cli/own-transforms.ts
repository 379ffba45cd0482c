import type { Logger } from "../core/log.ts";
import type { WithUserTransforms } from "../runtime/context.ts";
import type { CliEnvironment } from "./command.ts";

/** The transforms of the node's own, for one command. */
export function ownTransforms(environment: CliEnvironment, log: Logger): WithUserTransforms {
  return async (config, use) => {
    if (config.transforms.enabled.length === 0) return use([]);
    const own = await environment.userTransforms();
    try {
      return await use(await own.find(config, log));
    } finally {
      if (!environment.isShared) own.close();
    }
  };
}
