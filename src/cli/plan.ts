import { parseContainerId } from "../core/ids.ts";
import { describePlan, planToJson } from "../plan/describe.ts";
import { planContainer } from "../runtime/plan.ts";
import { stringifyJson } from "../spec/json.ts";
import type { CommandCall } from "./command.ts";
import { bundleFlag, firstArgument } from "./values.ts";

/** `plan [ID]`: what `create` would do, for whoever debugs a container. */
export async function runPlanCommand(call: CommandCall): Promise<number> {
  const { flags } = call;
  if (flags.bools.get("explain") === true) {
    const { explainBundle, printExplanation } = await import("./transform.ts");
    printExplanation(call, await explainBundle(call));
    return 0;
  }
  const plan = await planContainer(call.runtime, {
    id: parseContainerId(firstArgument(call) || "ID"),
    bundle: bundleFlag(flags),
    noPivot: flags.bools.get("no-pivot") ?? false,
    noNewKeyring: flags.bools.get("no-new-keyring") ?? false,
    isSystemdCgroup: call.globals.isSystemdCgroup,
  });
  const text = flags.bools.get("json") === true ? stringifyJson(planToJson(plan), 2) : describePlan(plan);
  call.print(text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}
