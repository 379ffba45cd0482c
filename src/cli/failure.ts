import { messageOf } from "../core/errors.ts";
import { ExecutorError } from "../executor/errors.ts";

/** Commands whose failures runc introduces with a sentence of their own. */
const INTRODUCTION: Readonly<Record<string, string>> = {
  create: "gantry-runtime create failed: ",
  run: "gantry-runtime run failed: ",
  exec: "exec failed: ",
};

/** Operations that are about the container's cgroup and nothing else. */
const CGROUP_STEPS: ReadonlySet<string> = new Set([
  "mkdir",
  "write-file",
  "fill-file",
  "device-program",
  "cgroup-join",
]);

/**
 * The message a failed command logs. Engines match parts of it (docker derives exit codes 126 and 127 from "executable
 * file not found" and its like), so the parts are runc's words.
 *
 * @param command undefined while no command is known
 */
export function failureMessage(error: unknown, command: string | undefined): string {
  const introduction = command === undefined ? "" : (INTRODUCTION[command] ?? "");
  if (!(error instanceof ExecutorError) || introduction === "") return `${introduction}${messageOf(error)}`;
  const cgroup = CGROUP_STEPS.has(error.step?.op ?? "") ? "unable to apply cgroup configuration: " : "";
  return `${introduction}unable to start container process: ${cgroup}${messageOf(error)}`;
}
