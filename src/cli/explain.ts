import { isatty } from "node:tty";
import { describePrepare } from "../plan/prepare.ts";
import { stringifyJson } from "../spec/json.ts";
import { describePath, type Edit } from "../transforms/diff.ts";
import type { Step } from "../transforms/pipeline.ts";

type Style = "bold" | "dim" | "red" | "green" | "yellow";
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const satisfies Record<Style, number>;

/** Puts a style around a text, or nothing. */
export type Paint = (style: Style, text: string) => string;

export const paintNothing: Paint = (_style, text) => text;
export const paintForTerminal: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;

/** For standard output. @see https://no-color.org */
export function choosePaint(env: Readonly<Record<string, string | undefined>>): Paint {
  return isatty(1) && !env["NO_COLOR"] ? paintForTerminal : paintNothing;
}

/** What each transform did, for a person. */
export function explainSteps(steps: readonly Step[], paint: Paint): string {
  if (steps.length === 0) return "there are no transforms on this node\n";
  return steps
    .map((step) =>
      explainStep(step, paint)
        .map((line) => `${line}\n`)
        .join(""),
    )
    .join("");
}

/** The same as a value for JSON; write it with `stringifyJson`. */
export function stepsToJson(steps: readonly Step[]): unknown {
  return steps.map((step) => {
    if (!step.applies) return step;
    return { ...step, edits: step.edits.map((edit) => ({ ...edit, path: describePath(edit.path) })) };
  });
}

function explainStep(step: Step, paint: Paint): string[] {
  const name = paint("bold", step.name);
  if (!step.applies) return [`${name}: ${paint("dim", `does not apply: ${printable(step.reason)}`)}`];
  const details = [
    ...step.edits.map((edit) => explainEdit(edit, paint)),
    ...step.prepare.map((operation) => `first ${describePrepare(operation)}`),
    ...step.notes.map((note) => `note: ${printable(note)}`),
  ];
  if (details.length === 0) details.push("changes nothing");
  return [`${name}: applies: ${printable(step.reason)}`, ...details.map((detail) => `  ${detail}`)];
}

function explainEdit(edit: Edit, paint: Paint): string {
  const path = describePath(edit.path) || "(all)";
  switch (edit.op) {
    case "add":
      return paint("green", `+ ${path}: ${stringifyJson(edit.value)}`);
    case "remove":
      return paint("red", `- ${path}: ${stringifyJson(edit.old)}`);
    case "replace":
      return paint("yellow", `~ ${path}: ${stringifyJson(edit.old)} -> ${stringifyJson(edit.value)}`);
  }
}

/** What a pod author wrote must not steer the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1));
}
