import type { FactKind, FactRequest } from "../../host/path-facts.ts";
import type { PrepareOperation } from "../../plan/prepare.ts";
import type { Spec } from "../../spec/types.ts";
import { TransformError } from "../errors.ts";
import type { TransformResult } from "../transform.ts";
import type { Decision, LoadedTransform } from "./protocol.ts";

/* What a transform of the node's own gives us may be anything at all. Each function returns it as what it should be, or says what is wrong. */

const MAX_FACTS = 1000;
const MAX_OPERATIONS = 1000;
const MAX_TEXT = 4096;
const ROOT_DIRECTORY = "/";

/** @throws {TransformError} code "bad-result" */
export function parseLoaded(value: unknown): LoadedTransform {
  const fields = object(value, "the default export");
  onlyKnown(
    fields,
    ["ownsRootfs", "takesSandboxes", "annotations", "applies", "facts", "apply"],
    "the default export",
  );
  return {
    ownsRootfs: optional(fields["ownsRootfs"], "ownsRootfs", boolean) ?? false,
    takesSandboxes: optional(fields["takesSandboxes"], "takesSandboxes", boolean) ?? false,
    annotations: optional(fields["annotations"], "annotations", list(text)) ?? [],
  };
}

/** @param readFiles whose content may be asked for @throws {TransformError} codes "bad-result", "bad-fact" */
export function parseDecision(value: unknown, readFiles: readonly string[]): Decision {
  const fields = object(value, "what applies() returns");
  onlyKnown(fields, ["applies", "reason", "facts"], "what applies() returns");
  const facts = list(fact(readFiles), MAX_FACTS)(fields["facts"], "what facts() returns");
  return { applies: boolean(fields["applies"], "applies"), reason: text(fields["reason"], "reason"), facts };
}

/** The spec in it is checked later, as every transform's is. @throws {TransformError} code "bad-result" */
export function parseResult(value: unknown): TransformResult {
  const fields = object(value, "what apply() returns");
  onlyKnown(fields, ["spec", "prepare", "notes"], "what apply() returns");
  return {
    spec: object(fields["spec"], "spec") as unknown as Spec,
    prepare: optional(fields["prepare"], "prepare", list(operation, MAX_OPERATIONS)) ?? [],
    notes: optional(fields["notes"], "notes", list(text)) ?? [],
  };
}

type Parser<Value> = (value: unknown, what: string) => Value;

const ON_PATHS: readonly FactKind[] = ["stat", "realpath", "statfs", "listdir", "readlink", "read-file"];

function fact(readFiles: readonly string[]): Parser<FactRequest> {
  return (value, what) => {
    const fields = object(value, what);
    const { kind } = fields;
    if (kind === "mountinfo" || kind === "uname") {
      onlyKnown(fields, ["kind"], what);
      return { kind };
    }
    const known = ON_PATHS.find((name) => name === kind);
    if (known === undefined)
      throw new TransformError("bad-fact", `${what}: there is no fact ${JSON.stringify(kind)}`);
    onlyKnown(fields, ["kind", "path"], what);
    const wanted = path(fields["path"], `${what}.path`);
    if (known === "read-file" && !readFiles.includes(wanted)) {
      const message = `${what}: may not read ${wanted}, which is not in read_files of the node's configuration`;
      throw new TransformError("bad-fact", message);
    }
    return { kind: known, path: wanted } as FactRequest;
  };
}

const operation: Parser<PrepareOperation> = (value, what) => {
  const fields = object(value, what);
  switch (fields["kind"]) {
    case "mkdir": {
      onlyKnown(fields, ["kind", "path", "mode", "isKept"], what);
      const mode = optional(fields["mode"], `${what}.mode`, permissions);
      const isKept = optional(fields["isKept"], `${what}.isKept`, boolean);
      return {
        kind: "mkdir",
        path: below(fields["path"], `${what}.path`),
        ...(mode === undefined ? {} : { mode }),
        ...(isKept === undefined ? {} : { isKept }),
      };
    }
    case "mount":
      onlyKnown(fields, ["kind", "type", "source", "target", "options"], what);
      return {
        kind: "mount",
        type: text(fields["type"], `${what}.type`),
        source: text(fields["source"], `${what}.source`),
        target: below(fields["target"], `${what}.target`),
        options: list(text)(fields["options"], `${what}.options`),
      };
    case "unmount":
      onlyKnown(fields, ["kind", "target"], what);
      return { kind: "unmount", target: below(fields["target"], `${what}.target`) };
    case "lease":
      onlyKnown(fields, ["kind", "name"], what);
      return { kind: "lease", name: text(fields["name"], `${what}.name`) };
    default:
      throw bad(`${what}.kind`, "mkdir, mount, unmount or lease", fields["kind"]);
  }
};

function optional<Value>(value: unknown, what: string, parse: Parser<Value>): Value | undefined {
  return value === undefined ? undefined : parse(value, what);
}

function list<Value>(parse: Parser<Value>, max = MAX_TEXT): Parser<Value[]> {
  return (value, what) => {
    if (!Array.isArray(value)) throw bad(what, "a list", value);
    if (value.length > max) throw bad(what, `a list of at most ${max} entries`, `one of ${value.length}`);
    return value.map((item: unknown, index) => parse(item, `${what}[${index}]`));
  };
}

const text: Parser<string> = (value, what) => {
  if (typeof value !== "string") throw bad(what, "a text", value);
  if (value.includes("\0")) throw bad(what, "a text without a NUL", value);
  return value;
};

const boolean: Parser<boolean> = (value, what) => {
  if (typeof value !== "boolean") throw bad(what, "true or false", value);
  return value;
};

const permissions: Parser<number> = (value, what) => {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 0o7777) {
    throw bad(what, "permission bits", value);
  }
  return value;
};

const path: Parser<string> = (value, what) => {
  const given = text(value, what);
  if (!given.startsWith("/") || Buffer.byteLength(given) >= MAX_TEXT)
    throw bad(what, "an absolute path", given);
  return given;
};

const below: Parser<string> = (value, what) => {
  const given = path(value, what);
  if (given === ROOT_DIRECTORY) throw bad(what, "a path below /", given);
  return given;
};

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad(what, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

function onlyKnown(fields: Readonly<Record<string, unknown>>, known: readonly string[], what: string): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw bad(what, `an object of ${known.join(", ")}`, `one with ${JSON.stringify(unknown)}`);
}

function bad(what: string, expected: string, value: unknown): TransformError {
  const got = value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value);
  return new TransformError("bad-result", `${what} must be ${expected}, got ${got.slice(0, 200)}`);
}
