import { argumentOf, groupsOf, type Program, spellings, valueKindOf } from "./program.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: bash has them, too
const CONTAINERS = '$("$1" ${root:+--root "$root"} list --quiet 2>/dev/null)';

/** Completion for bash 4 and newer; needs nothing of the package bash-completion. */
export function bashCompletion({ name, globals, commands }: Program): string {
  const all = [{ name: "", flags: globals, usage: "", summary: "" }, ...commands];
  const words = [...groupsOf(commands)];
  const kinds = ["directory", "file", "nothing"].flatMap((kind) => {
    const patterns = all.flatMap((command) =>
      command.flags
        .filter((flag) => valueKindOf(flag) === kind)
        .flatMap(({ name, alias }) => [name, ...(alias === undefined ? [] : [alias])])
        .map((flagName) => `"${command.name}/${flagName}"`),
    );
    return patterns.length === 0 ? [] : [`    ${patterns.join(" | ")}) kind=${kind} ;;`];
  });
  const flags = all
    .filter((command) => command.flags.length > 0)
    .map((command) => `    "${command.name}") flags="${command.flags.flatMap(spellings).join(" ")}" ;;`);
  const nouns = [
    `    "") words="${words.map(([first]) => first).join(" ")}" ;;`,
    ...words
      .filter(([, group]) => group.length > 0)
      .map(
        ([first, group]) => `    "${first}") words="${group.map((c) => c.name.split(" ")[1]).join(" ")}" ;;`,
      ),
    ...commands.flatMap((command) => {
      const argument = argumentOf(command);
      if (argument === "container") return [`    "${command.name}") words=${CONTAINERS} ;;`];
      return typeof argument === "string" ? [] : [`    "${command.name}") words="${argument.join(" ")}" ;;`];
    }),
  ];
  const groups = words.filter(([, group]) => group.length > 0).map(([first]) => `"${first}"`);
  const isOpen = ['""', ...groups].join(" | ");
  const fn = `_${name.replaceAll("-", "_")}`;
  return `# bash completion for ${name}: made from its definition by scripts/command-line, do not edit

# Sets kind to what the value of flag $2 of command $1 is; empty when it has none.
${fn}_kind() {
  case "$1/$2" in
${kinds.join("\n")}
    *) kind= ;;
  esac
}

${fn}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command= flag= kind= root= flags= words= word i count=0
  COMPREPLY=()
  # bash takes --root=/x apart at the "=".
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == "=" ]]; then continue; fi
    if [[ -n $kind ]]; then
      if [[ -z $command && $flag == root ]]; then root=$word; fi
      kind=
    elif [[ $word == -?* ]]; then
      flag=\${word#-}
      flag=\${flag#-}
      ${fn}_kind "$command" "$flag"
    else
      case "$command" in
        ${isOpen}) command="\${command:+$command }$word" ;;
        *) count=$((count + 1)) ;;
      esac
    fi
  done
  if [[ $cur == "=" ]]; then cur=; fi
  case $kind in
    directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    nothing) return ;;
  esac
  if [[ $cur == -* ]]; then
    case "$command" in
${indent(flags)}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
    return
  fi
  if ((count > 0)); then return; fi
  case "$command" in
${nouns.join("\n")}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F ${fn} ${name}
`;
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
