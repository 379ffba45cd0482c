import type { FlagDef } from "../../src/cli/flags.ts";
import { argumentOf, type Command, groupsOf, type Program, valueKindOf } from "./program.ts";

const CONTAINERS = "list --quiet 2>/dev/null";

/** Completion for fish. */
export function fishCompletion({ name, globals, commands }: Program): string {
  const groups = [...groupsOf(commands)];
  const complete = (condition: string, rest: string): string =>
    `complete -c ${name} -n ${quoted(condition)} ${rest}`;
  const lines = [
    `# Completion for ${name}: made from its definition by scripts/command-line, do not edit.`,
    `complete -c ${name} -f`,
    ...globals.map((flag) => complete("__fish_use_subcommand", flagPart(flag))),
    ...groups.flatMap(([first, group]) => {
      const summary = commands.find((command) => command.name === first)?.summary;
      const seconds = group.map((command) => command.name.split(" ")[1] ?? "");
      const none = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${seconds.join(" ")}`;
      return [
        complete("__fish_use_subcommand", `-a ${first} -d ${quoted(summary ?? seconds.join(", "))}`),
        ...group.map((command, index) =>
          complete(none, `-a ${seconds[index]} -d ${quoted(command.summary)}`),
        ),
      ];
    }),
    ...commands.flatMap((command) => {
      const isGiven = command.name
        .split(" ")
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join("; and ");
      const choices = choicesOf(command, name);
      return [
        ...(choices === undefined ? [] : [complete(isGiven, `-a ${quoted(choices)}`)]),
        ...command.flags.map((flag) => complete(isGiven, flagPart(flag))),
      ];
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function choicesOf(command: Command, program: string): string | undefined {
  const argument = argumentOf(command);
  if (argument === "container") return `(${program} ${CONTAINERS})`;
  return typeof argument === "string" ? undefined : argument.join(" ");
}

function flagPart(flag: FlagDef): string {
  const { name, alias, help } = flag;
  const value = valueKindOf(flag);
  const short = alias === undefined ? "" : ` -s ${alias}`;
  const offer =
    value === undefined
      ? ""
      : value === "directory"
        ? ` -x -a ${quoted("(__fish_complete_directories)")}`
        : value === "file"
          ? " -r -F"
          : " -x";
  return `-l ${name}${short}${offer} -d ${quoted(help)}`;
}

/** In single quotes, where fish knows no escapes but these two. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
