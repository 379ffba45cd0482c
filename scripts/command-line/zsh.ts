import type { FlagDef } from "../../src/cli/flags.ts";
import {
  argumentOf,
  type Command,
  groupsOf,
  type Program,
  spellings,
  type Value,
  valueKindOf,
} from "./program.ts";

/** Completion for zsh: a function for each command, and for the words before it. */
export function zshCompletion({ name, globals, commands }: Program): string {
  const fn = `_${identifier(name)}`;
  const top = [...groupsOf(commands)].map(([first, group]) => {
    const summary = commands.find((command) => command.name === first)?.summary;
    return { word: first, summary: summary ?? group.map(({ name }) => name.split(" ")[1]).join(", ") };
  });
  const groups = [...groupsOf(commands)].filter(([, group]) => group.length > 0);
  const functions = [
    ...commands.map((command) => commandFunction(fn, command)),
    ...groups.map(([first, group]) => {
      const rows = group.map(({ name, summary }) => ({ word: name.split(" ")[1] ?? "", summary }));
      return chooser(`${fn}_${identifier(first)}`, [], rows);
    }),
    `${fn}_containers() {
  local -a ids=(\${(f)"$(_call_program containers ${name} list --quiet 2>/dev/null)"})
  compadd -a ids
}`,
    chooser(fn, globals, top),
  ];
  return `#compdef ${name}
# Made from the program's definition by scripts/command-line, do not edit.

${functions.join("\n\n")}

${fn} "$@"
`;
}

/** Completes a word, and hands what follows it to the function that is called like it. */
function chooser(
  fn: string,
  flags: readonly FlagDef[],
  rows: readonly { readonly word: string; readonly summary: string }[],
): string {
  const specs = [...flags.map(flagSpec), "'1: :->word'", "'*:: :->rest'"];
  const words = rows.map(({ word, summary }) => `    ${quoted(`${word}:${summary}`)}`);
  return `${fn}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a words_of=(
${words.join("\n")}
  )
  _arguments -C ${specs.join(" \\\n    ")} && return 0
  case $state in
    word) _describe -t commands command words_of ;;
    rest) (( $+functions[${fn}_\${line[1]//-/_}] )) && ${fn}_\${line[1]//-/_} ;;
  esac
}`;
}

function commandFunction(fn: string, command: Command): string {
  const argument = argumentOf(command);
  const specs = command.flags.map(flagSpec);
  if (argument !== "nothing") specs.push(quoted(`1:argument:${action(argument, fn)}`));
  const body = specs.length === 0 ? ":" : `_arguments ${specs.join(" \\\n    ")}`;
  return `${fn}_${identifier(command.name)}() {\n  ${body}\n}`;
}

function flagSpec(flag: FlagDef): string {
  const value = valueKindOf(flag);
  const help = `[${flag.help.replace(/[[\]\\]/g, "\\$&")}]`;
  const rest =
    value === undefined
      ? help
      : `${help}:${(flag.value ?? "value").replaceAll(":", "\\:")}:${action(value, "")}`;
  const names = spellings(flag);
  const equals = value === undefined ? "" : "=";
  const star = flag.kind === "list" ? "*" : "";
  const [long = "", short] = names;
  if (short === undefined) return quoted(`${star}${long}${equals}${rest}`);
  const excluded = star === "" ? `(${names.join(" ")})` : star;
  return `${quoted(excluded)}{${short},${long}${equals}}${quoted(rest)}`;
}

function action(value: Value, fn: string): string {
  if (value === "directory") return "_files -/";
  if (value === "file") return "_files";
  if (value === "container") return `${fn}_containers`;
  return value === "nothing" ? " " : `(${value.join(" ")})`;
}

function identifier(name: string): string {
  return name.replace(/[- ]/g, "_");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
