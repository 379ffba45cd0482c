import { LosslessNumber, parse, stringify } from "lossless-json";
import { messageOf } from "../core/errors.ts";
import { SpecError } from "./errors.ts";

/**
 * Parse JSON without changing an integer: those beyond 2^53 become `bigint`. The last of two equal keys wins, as in
 * Go's decoder, which every other runtime uses.
 *
 * @param file what to name in an error
 * @throws {SpecError} code "bad-json" with line and column
 */
export function parseJson(text: string, file: string): unknown {
  // Only a run of 16 digits can be an integer that `JSON.parse` would round; that parser is many times faster.
  if (!/\d{16}/.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      return value;
    } catch {
      // Nothing is lost: the slower parser meets the same error and knows its position, which engines word differently.
    }
  }
  return parseLossless(text, file, (digits) => parseNumber(digits, text, file));
}

/**
 * The same for a value that is to be written again: numbers are objects that keep their digits, for `stringifyJson`.
 *
 * @throws {SpecError} code "bad-json"
 */
export function parseKeepingNumbers(text: string, file: string): unknown {
  return parseLossless(text, file, (digits) => new LosslessNumber(digits));
}

function parseLossless(text: string, file: string, toNumber: (digits: string) => unknown): unknown {
  try {
    return parse(text, null, { parseNumber: toNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    if (error instanceof SpecError) throw error;
    // A RangeError is the stack's end: arrays nested some thousands deep.
    const message = error instanceof RangeError ? "nested too deeply" : messageOf(error);
    throw new SpecError("bad-json", `Cannot parse ${file}: ${withLine(message, text)}`, [], { cause: error });
  }
}

/** JSON text of a value that may hold `bigint`s, which become plain integers. @param indent as `JSON.stringify`'s */
export function stringifyJson(value: unknown, indent?: number | string): string {
  const text = stringify(value, null, indent);
  if (text === undefined) throw new TypeError("Cannot write undefined as JSON");
  return text;
}

/** Digits of the longest integers a spec can hold, 2^64-1 and -2^63, with their sign. */
const MAX_DIGITS = 20;

function parseNumber(digits: string, text: string, file: string): number | bigint {
  if (!/^-?\d+$/.test(digits)) return Number(digits);
  if (digits.length > MAX_DIGITS) {
    const where = withLine(`at position ${text.indexOf(digits)}`, text);
    const shown = `${digits.slice(0, MAX_DIGITS)}… (${digits.length} characters)`;
    throw new SpecError(
      "bad-json",
      `Cannot parse ${file}: the number ${shown} has more than 64 bits ${where}`,
    );
  }
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** Replace the parser's "at position N" by what an editor shows. */
function withLine(message: string, text: string): string {
  return message.replace(/at position (\d+)/, (_match, position: string) => {
    const before = text.slice(0, Number(position));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    return `at line ${line}, column ${column}`;
  });
}
