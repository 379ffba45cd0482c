import { writeSync } from "node:fs";
import { messageOf } from "../core/errors.ts";
import { writeAll as writeBytes } from "../shim/stdio.ts";
import { type GantryCommand, isForwarded } from "./gantry-commands.ts";
import type { Invocation } from "./invocation.ts";
import { runRuntime } from "./runtime.ts";
import { VERSION } from "./version.ts";

const EXIT_USAGE = 2;

/** `gantry`: what people type. */
export async function runGantry(invocation: Invocation): Promise<number> {
  const { args } = invocation;
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (args.includes("--version") && command === "") {
    writeSync(1, `gantry ${VERSION}\n`);
    return 0;
  }
  if (command === "ps" || command === "node") return runNode(invocation);
  // The command is the first word that is neither a flag nor the value of `--root` and its like.
  if (args.some(isForwarded)) return runRuntime(invocation);
  writeSync(command === "" || command === "help" ? 1 : 2, await helpText());
  return command === "" || command === "help" ? 0 : 1;
}

async function runNode(invocation: Invocation): Promise<number> {
  const { GANTRY_COMMANDS } = await import("./gantry-commands.ts");
  const { args } = invocation;
  const complain = (text: string): void => writeAll(2, text);
  const name = args[0] === "node" ? args.slice(0, 2).join(" ") : "ps";
  const command = GANTRY_COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const all = GANTRY_COMMANDS.filter((one) => !isForwarded(one.name)).map(describe);
    complain(`gantry ${args.join(" ")}: must be one of\n${all.join("")}`);
    return EXIT_USAGE;
  }
  const { parseFlags } = await import("../cli/flags.ts");
  const rest = args.slice(name.split(" ").length);
  if (rest.some((arg) => arg === "--help" || arg === "-h")) {
    writeAll(1, `${describe(command)}${flagLines(command)}`);
    return 0;
  }
  try {
    const flags = parseFlags(command.flags, rest, false);
    if (flags.positional.length > 0) throw new Error(`takes no argument "${flags.positional[0]}"`);
    const { runNodeCommand } = await import("./node.ts");
    return await runNodeCommand({ name, flags, invocation, print: (text) => writeAll(1, text), complain });
  } catch (error) {
    complain(`gantry ${name}: ${messageOf(error)}\n`);
    return isUsage(error) ? EXIT_USAGE : 1;
  }
}

function isUsage(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "bad-flag" || error.code === "bad-arguments")
  );
}

function describe({ name, summary }: GantryCommand): string {
  return `  gantry ${name}: ${summary}\n`;
}

function flagLines({ flags }: GantryCommand): string {
  return flags.map(({ name, value, help }) => `    --${name}${value ? ` ${value}` : ""}: ${help}\n`).join("");
}

function writeAll(fd: number, text: string): void {
  writeBytes(fd, Buffer.from(text));
}

async function helpText(): Promise<string> {
  const { default: yargs } = await import("yargs");
  const parser = yargs([]).scriptName("gantry").version(false).help(false).wrap(100).locale("en");
  parser.usage("gantry COMMAND [options]");
  const { GANTRY_COMMANDS } = await import("./gantry-commands.ts");
  for (const { name, summary } of GANTRY_COMMANDS) parser.command(name, summary);
  return `${await parser.getHelp()}\n`;
}
