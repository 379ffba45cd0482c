import type { FlagDef } from "../../src/cli/flags.ts";
import { type Command, type Program, spellings } from "./program.ts";

/** The manual page of a program, in roff with the macros of man(7). No date: the same sources give the same page. */
export function manualPage(program: Program): string {
  const { name, version, section, summary, description, globals, commands, exits, files, seeAlso } = program;
  const lines = [
    `.TH ${name.toUpperCase()} ${section} "" "gantry ${version}" "gantry"`,
    ".SH NAME",
    `${text(name)} \\- ${text(summary)}`,
    ".SH SYNOPSIS",
    `\\fB${text(name)}\\fR [\\fIglobal options\\fR] \\fICOMMAND\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]`,
    ".SH DESCRIPTION",
    ...description.flatMap((paragraph) => [".PP", text(paragraph)]),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH GLOBAL OPTIONS",
    ...globals.flatMap(flagLines),
    ".SH EXIT STATUS",
    ...exits.flatMap(([code, meaning]) => [".TP", `\\fB${text(code)}\\fR`, text(meaning)]),
    ".SH FILES",
    ...files.flatMap(([path, meaning]) => [".TP", `\\fI${text(path)}\\fR`, text(meaning)]),
    ".SH SEE ALSO",
    seeAlso.map(text).join(", "),
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines({ name, usage, summary, flags }: Command): string[] {
  const title = [name, ...(flags.length > 0 ? ["[options]"] : []), usage].join(" ").trim();
  return [`.SS ${text(title)}`, text(sentence(summary)), ...flags.flatMap(flagLines)];
}

function flagLines(flag: FlagDef): string[] {
  const value = flag.value === undefined ? "" : ` \\fI${text(flag.value)}\\fR`;
  const names = spellings(flag).map((name) => `\\fB${text(name)}\\fR${value}`);
  const repeated = flag.kind === "list" ? "; may be repeated" : "";
  return [".TP", names.join(", "), text(`${flag.help}${repeated}`)];
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

/** Text as roff takes it: nothing in it is a request or an escape, and a dash is one that can be copied. */
function text(plain: string): string {
  const escaped = plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/[^\x20-\x7e]/gu, (character) => {
      const code = character.codePointAt(0)?.toString(16).toUpperCase() ?? "";
      return `\\[u${code.padStart(4, "0")}]`;
    });
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
