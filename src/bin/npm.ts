/**
 * The entry point of the npm package (`npx gantry plan …`): the commands that touch no container, run by Node. The rest needs the
 * programs of `npm run build`, which are too large for a package and of one architecture.
 */
import { writeSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

import { COMMANDS, GLOBAL_FLAGS } from "../cli/commands.ts";
import { parseFlags } from "../cli/flags.ts";
import { runCli } from "../cli/main.ts";
import { PROCESS_IO } from "../cli/output.ts";
import { messageOf } from "../core/errors.ts";
import { runInitBlocking } from "../executor/init-process.ts";
import { UserTransforms } from "../runtime/user-transforms.ts";
import { runtimeEnvironment } from "./runtime.ts";
import { runTransforms } from "./transforms.ts";
import { VERSION } from "./version.ts";

const OURS = ["plan", "transform", "features", "spec"];
const EXIT_USAGE = 2;

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === "transforms") {
    resolveGantry();
    return runTransforms();
  }
  const { bools, positional } = parseFlags(GLOBAL_FLAGS, args, true);
  const [command, topic = ""] = positional;
  if (bools.get("version") === true) return print(1, `gantry ${VERSION}\n`, 0);
  if (command === undefined || (command === "help" && !OURS.includes(topic))) return print(1, helpText(), 0);
  if (command !== "help" && !OURS.includes(command)) {
    return print(
      2,
      `gantry ${command}: not in the npm package, which has ${OURS.join(", ")}; build gantry, or install a release\n`,
      EXIT_USAGE,
    );
  }
  const transforms = new UserTransforms([process.execPath, fileURLToPath(import.meta.url), "transforms"]);
  const { execPath, env } = process;
  return runCli(args, {
    ...runtimeEnvironment({ name: "gantry", args, env, execPath }),
    userTransforms: async () => transforms,
    runInit: runInitBlocking,
    io: PROCESS_IO,
    isShared: false,
  });
}

/** The node's own transforms need not have the package in a directory above them. */
function resolveGantry(): void {
  const url = JSON.stringify(new URL("define.js", import.meta.url).href);
  const hooks = `export const resolve = (name, context, next) =>
    name === "gantry" ? { url: ${url}, shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

function helpText(): string {
  const lines = COMMANDS.filter(({ name }) => OURS.includes(name)).map(
    ({ name, usage, summary }) => `  gantry ${`${name} ${usage}`.trim().padEnd(16)} ${summary}\n`,
  );
  return `gantry [global options] COMMAND [options]\n\n${lines.join("")}\ngantry COMMAND --help has the options.\n`;
}

function print(fd: number, text: string, status: number): number {
  writeSync(fd, text);
  return status;
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => process.exit(print(2, `gantry: ${messageOf(error)}\n`, EXIT_USAGE)),
);
