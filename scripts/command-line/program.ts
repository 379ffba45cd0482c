import { GANTRY_COMMANDS } from "../../src/bin/gantry-commands.ts";
import { VERSION } from "../../src/bin/version.ts";
import { COMMANDS, GLOBAL_FLAGS } from "../../src/cli/commands.ts";
import type { FlagDef } from "../../src/cli/flags.ts";

/** A program as its manual and completions describe it. */
export interface Program {
  readonly name: string;
  readonly version: string;
  /** Of the manual. */
  readonly section: 1 | 8;
  readonly summary: string;
  readonly description: readonly string[];
  readonly globals: readonly FlagDef[];
  readonly commands: readonly Command[];
  /** Exit codes and what they say. */
  readonly exits: readonly (readonly [code: string, meaning: string])[];
  readonly files: readonly (readonly [path: string, meaning: string])[];
  readonly seeAlso: readonly string[];
}

/** A command; its name has one or two words. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagDef[];
}

const FILES = [
  ["/etc/gantry/config.toml", "configuration of the node; need not be there"],
  ["/etc/gantry/transforms.d", "the node's own transforms"],
  ["/run/gantry", "state of the containers"],
] as const;

export const PROGRAMS: readonly Program[] = [
  {
    name: "gantry",
    version: VERSION,
    section: 1,
    summary: "look at and look after a node that runs containers with gantry",
    description: [
      "Puts gantry on a node, shows what runs there, and says what would be done for a container. The global options are for the commands that gantry-runtime has, too: with --root they use another state root.",
    ],
    globals: GLOBAL_FLAGS,
    commands: GANTRY_COMMANDS,
    exits: [
      ["0", "done; of node check: nothing is wrong"],
      ["1", "it failed, and standard error says why"],
      ["2", "the command line of ps or node is wrong"],
    ],
    files: FILES,
    seeAlso: ["gantry-runtime(8)"],
  },
  {
    name: "gantry-runtime",
    version: VERSION,
    section: 8,
    summary: "OCI container runtime",
    description: [
      "Creates and runs containers from bundles as the OCI runtime specification describes them. Its commands, options, log and exit codes are runc's, so that containerd, docker and podman can call it in runc's place.",
      "Options may be written with one dash or two, and a value after = or as the next argument.",
    ],
    globals: GLOBAL_FLAGS,
    commands: COMMANDS,
    exits: [
      ["0", "done"],
      ["1", "it failed, and the log says why"],
      ["3", "there is no such command"],
      ["255", "exec failed"],
      ["other", "of run and exec: that of the container's process, or 128 and the number of the signal"],
    ],
    files: FILES,
    seeAlso: ["gantry(1)"],
  },
];

/** What completion offers for a flag's value or an argument. */
export type Value = "directory" | "file" | "container" | "nothing" | readonly string[];

/** @returns undefined when the flag takes no value */
export function valueKindOf({ kind, value = "" }: FlagDef): Value | undefined {
  if (kind === "bool") return undefined;
  if (value === "DIR") return "directory";
  return value === "FILE" || value === "SOCKET" || value === "PATH" ? "file" : "nothing";
}

/** What a command's first argument may be, by its usage: words to choose from, or a container that is there. */
export function argumentOf({ name, usage }: Command): Value {
  const [first = ""] = usage.split(" ");
  if (/^[a-z]+(\|[a-z]+)+$/.test(first)) return first.split("|");
  const isNew = name === "create" || name === "run" || name === "restore";
  return first === "ID" && !isNew ? "container" : "nothing";
}

/** A flag as it is written: `--bundle` and, when it has one, `-b`. */
export function spellings({ name, alias }: FlagDef): string[] {
  return alias === undefined ? [`--${name}`] : [`--${name}`, `-${alias}`];
}

/** The first words of all commands, with those that may follow each; none follows a command of one word. */
export function groupsOf(commands: readonly Command[]): Map<string, Command[]> {
  const groups = new Map<string, Command[]>();
  for (const command of commands) {
    const [first = "", second] = command.name.split(" ");
    const group = groups.get(first) ?? [];
    if (second !== undefined) group.push(command);
    groups.set(first, group);
  }
  return groups;
}
