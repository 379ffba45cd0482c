import { parseKeepingNumbers, stringifyJson } from "../spec/json.ts";
import { applyEdits, type Edit } from "./diff.ts";

/**
 * Do to the text of a config.json what the edits say. What they do not mention stays: unknown properties, their order, `null`s,
 * and every number as it was written.
 *
 * @returns the same text when there is nothing to do
 * @throws {SpecError} code "bad-json"
 */
export function rewriteJson(text: string, file: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  return `${stringifyJson(applyEdits(parseKeepingNumbers(text, file), edits), 2)}\n`;
}
