import { parseContainerId } from "../core/ids.ts";
import { type Explained, explainTransforms, writeTransformed } from "../runtime/explain.ts";
import { stringifyJson } from "../spec/json.ts";
import type { CommandCall } from "./command.ts";
import { choosePaint, explainSteps, stepsToJson } from "./explain.ts";
import { bundleFlag, firstArgument } from "./values.ts";

/** `transform [ID]`: config.json as the transforms make it, on standard output or with `--write` in its place. */
export async function runTransform(call: CommandCall): Promise<number> {
  const { flags } = call;
  const explained = await explainBundle(call);
  const isWritten = flags.bools.get("write") === true;
  if (isWritten) writeTransformed(bundleFlag(flags), explained);
  if (flags.bools.get("explain") === true || flags.bools.get("json") === true) {
    printExplanation(call, explained);
  } else if (!isWritten) {
    call.print(explained.text.endsWith("\n") ? explained.text : `${explained.text}\n`);
  }
  return 0;
}

/** What `plan --explain` and `transform` have in common. */
export function explainBundle(call: CommandCall): Promise<Explained> {
  return explainTransforms(call.runtime, {
    id: parseContainerId(firstArgument(call) || "ID"),
    bundle: bundleFlag(call.flags),
    rootfsMounts: [],
  });
}

/** For a person, or with `--json`. */
export function printExplanation(call: CommandCall, { steps, isChanged }: Explained): void {
  if (call.flags.bools.get("json") === true) {
    call.print(`${stringifyJson({ isChanged, transforms: stepsToJson(steps) }, 2)}\n`);
  } else {
    call.print(explainSteps(steps, choosePaint(call.environment.env)));
  }
}
