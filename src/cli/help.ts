import type { CommandDef } from "./command.ts";
import { COMMANDS, GLOBAL_FLAGS } from "./commands.ts";
import type { FlagDef } from "./flags.ts";

const PROGRAM = "gantry-runtime";

/**
 * The help of one command, or of the whole program for an unknown or absent topic. yargs lays it out; it takes longer to
 * load than a container takes to start, so nothing else uses it.
 */
export async function helpText(topic: string | undefined): Promise<string> {
  const { default: yargs } = await import("yargs");
  const command = COMMANDS.find((candidate) => candidate.name === topic);
  const parser = yargs([]).scriptName(PROGRAM).version(false).help(false).wrap(100).locale("en");
  if (command === undefined) describeProgram(parser);
  else describeCommand(parser, command);
  return `${await parser.getHelp()}\n`;
}

type Parser = ReturnType<typeof import("yargs").default>;

function describeProgram(parser: Parser): void {
  parser.usage(`${PROGRAM} [global options] COMMAND [options] [arguments]`);
  for (const command of COMMANDS) parser.command(`${command.name} ${command.usage}`.trim(), command.summary);
  for (const flag of GLOBAL_FLAGS) addFlag(parser, flag);
}

function describeCommand(parser: Parser, command: CommandDef): void {
  parser.usage(`${PROGRAM} ${command.name} [options] ${command.usage}\n\n${command.summary}`);
  for (const flag of command.flags) addFlag(parser, flag);
}

function addFlag(parser: Parser, flag: FlagDef): void {
  parser.option(flag.name, {
    ...(flag.alias === undefined ? {} : { alias: flag.alias }),
    type: flag.kind === "bool" ? "boolean" : flag.kind === "list" ? "array" : "string",
    describe: flag.value === undefined ? flag.help : `${flag.value}: ${flag.help}`,
  });
}
