import { messageOf } from "../core/errors.ts";
import { ExecutorError } from "../executor/errors.ts";

/** Commands whose failures runc introduces with a sentence of their own. */
const INTRODUCTION: Readonly<Record<string, string>> = {
  create: "gantry-runtime create failed: ",
  run: "gantry-runtime run failed: ",
  exec: "exec failed: ",
};

/**
 * The message a failed command logs. Engines match parts of it (docker derives exit codes 126 and 127 from "executable
 * file not found" and its like), so the parts are runc's words.
 *
 * @param command undefined while no command is known
 */
export function failureMessage(error: unknown, command: string | undefined): string {
  const introduction = command === undefined ? "" : (INTRODUCTION[command] ?? "");
  const isProcessFailure = error instanceof ExecutorError && introduction !== "";
  const process =
    command === "exec" ? "unable to start container process: " : "unable to start container process: ";
  return `${introduction}${isProcessFailure ? process : ""}${messageOf(error)}`;
}
