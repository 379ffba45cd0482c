import { CliError } from "./errors.ts";

/** One flag of a command. */
export interface FlagDef {
  readonly name: string;
  /** One letter. */
  readonly alias?: string;
  /** `list` may be repeated; a comma does not separate (runc: `--cgroup cpu,cpuacct:sub`). */
  readonly kind: "bool" | "string" | "list";
  readonly help: string;
  /** What the value is called in the help, e.g. FILE. */
  readonly value?: string;
}

/** What a command line held. A flag that was not given is absent. */
export interface ParsedFlags {
  readonly bools: ReadonlyMap<string, boolean>;
  readonly strings: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly positional: readonly string[];
}

/**
 * Parse flags as Go programs do, because that is what go-runc, conmon, podman and CRI-O send: one dash is as good
 * as two, the value follows after `=` or as the next argument, `--` ends the flags.
 *
 * @param stopAtPositional true: everything from the first argument that is no flag belongs to the command
 *   (`exec ID sh -c x`); false: flags may also follow the container id
 * @throws {CliError} code "bad-flag"
 */
export function parseFlags(
  defs: readonly FlagDef[],
  argv: readonly string[],
  stopAtPositional: boolean,
): ParsedFlags {
  const bools = new Map<string, boolean>();
  const strings = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const positional: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index] ?? "";
    if (arg === "--") {
      positional.push(...argv.slice(index + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      if (stopAtPositional) {
        positional.push(...argv.slice(index));
        break;
      }
      positional.push(arg);
      continue;
    }
    const { name, value } = splitFlag(arg);
    const def = defs.find((candidate) => candidate.name === name || candidate.alias === name);
    if (def === undefined) throw new CliError("bad-flag", `flag provided but not defined: -${name}`);
    if (def.kind === "bool") {
      bools.set(def.name, value === undefined ? true : parseBool(name, value));
      continue;
    }
    const given = value ?? argv[++index];
    if (given === undefined) throw new CliError("bad-flag", `flag needs an argument: -${name}`);
    if (def.kind === "string") strings.set(def.name, given);
    else lists.set(def.name, [...(lists.get(def.name) ?? []), given]);
  }
  return { bools, strings, lists, positional };
}

function splitFlag(arg: string): { name: string; value: string | undefined } {
  const body = arg.startsWith("--") ? arg.slice(2) : arg.slice(1);
  const equals = body.indexOf("=");
  const name = equals < 0 ? body : body.slice(0, equals);
  if (name === "" || name.startsWith("-")) throw new CliError("bad-flag", `bad flag syntax: ${arg}`);
  return { name, value: equals < 0 ? undefined : body.slice(equals + 1) };
}

/** The words that Go's `strconv.ParseBool` accepts. */
function parseBool(name: string, text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new CliError("bad-flag", `invalid boolean value ${JSON.stringify(text)} for -${name}: parse error`);
}

/**
 * The value of an integer flag, or undefined when it was not given.
 *
 * @throws {CliError} code "bad-flag" for anything but digits with an optional sign, or a value out of range
 */
export function integerFlag(
  flags: ParsedFlags,
  name: string,
  range: { readonly min: bigint; readonly max: bigint },
): bigint | undefined {
  const text = flags.strings.get(name);
  if (text === undefined) return undefined;
  if (!/^[+-]?[0-9]{1,20}$/.test(text)) {
    throw new CliError("bad-flag", `invalid value ${JSON.stringify(text)} for flag -${name}: not an integer`);
  }
  const value = BigInt(text);
  if (value < range.min || value > range.max) {
    throw new CliError(
      "bad-flag",
      `invalid value ${JSON.stringify(text)} for flag -${name}: must be from ${range.min} to ${range.max}`,
    );
  }
  return value;
}
