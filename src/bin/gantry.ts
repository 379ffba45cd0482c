import { writeSync } from "node:fs";
import { writeAll as writeBytes } from "../shim/stdio.ts";
import type { Invocation } from "./invocation.ts";
import { runRuntime } from "./runtime.ts";
import { VERSION } from "./version.ts";

/** Commands for people that are the runtime's own under a friendlier roof. */
const FORWARDED: Readonly<Record<string, string>> = {
  plan: "print the kernel operations a bundle would lead to, and touch nothing",
  list: "list the containers of a state root (--root DIR before the command)",
  state: "print the state of a container",
  features: "print what the runtime can do on this host",
  spec: "write a config.json to start from",
};

/** `gantry`: what people type. */
export async function runGantry(invocation: Invocation): Promise<number> {
  const { args } = invocation;
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (args.includes("--version") && command === "") {
    writeSync(1, `gantry ${VERSION}\n`);
    return 0;
  }
  if (command === "ps" || command === "node") {
    const { runNodeCommand } = await import("../shim/ops/node-commands.ts");
    const print = (text: string): void => writeAll(1, text);
    const complain = (text: string): void => writeAll(2, text);
    return runNodeCommand({ args, base: invocation.env["GANTRY_NODE_DIR"], print, complain });
  }
  if (isForwarded(args)) return runRuntime(invocation);
  writeSync(command === "" || command === "help" ? 1 : 2, await helpText());
  return command === "" || command === "help" ? 0 : 1;
}

function writeAll(fd: number, text: string): void {
  writeBytes(fd, Buffer.from(text));
}

/** The command is the first word that is neither a flag nor the value of `--root` and its like. */
function isForwarded(args: readonly string[]): boolean {
  return args.some((arg) => Object.hasOwn(FORWARDED, arg));
}

async function helpText(): Promise<string> {
  const { default: yargs } = await import("yargs");
  const parser = yargs([]).scriptName("gantry").version(false).help(false).wrap(100).locale("en");
  parser.usage("gantry COMMAND [options]");
  const { NODE_COMMANDS } = await import("../shim/ops/node-commands.ts");
  for (const [name, summary] of Object.entries({ ...NODE_COMMANDS, ...FORWARDED }))
    parser.command(name, summary);
  return `${await parser.getHelp()}\n`;
}
