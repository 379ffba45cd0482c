import { carryOut } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import type { Launch } from "./create.ts";

/** The launch of everything that is not attached. */
export function launchDetached(context: RuntimeContext): Launch {
  return (plan, scratchDir, options) => carryOut(context, plan, scratchDir, options);
}
