import type { DbusValue, Variant } from "../../host/dbus/wire.ts";
import { CgroupError } from "../errors.ts";
import type { UnitProperty } from "./limits.ts";

const PREFIX = "org.systemd.property.";

/**
 * The properties that `org.systemd.property.NAME` annotations ask for, as runc: the value is GVariant text, and a NAME that ends in
 * "Sec" is given in seconds and passed on in microseconds as NAME with "USec". Values come from whoever writes pods; an engine
 * decides which annotations get here.
 *
 * @throws {CgroupError} code "bad-value"
 */
export function compileAnnotations(annotations: Readonly<Record<string, string>>): UnitProperty[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, text]): UnitProperty => {
      const name = key.slice(PREFIX.length);
      if (!/^[A-Za-z]{3,}$/.test(name)) {
        throw new CgroupError(
          "bad-value",
          `annotation ${key}: ${JSON.stringify(name)} is no property of a unit`,
        );
      }
      const value = parseVariantText(text, key);
      if (!/Sec$/.test(name) || name.endsWith("USec")) return [name, value];
      return [name.replace(/Sec$/, "USec"), toMicroseconds(value, key)];
    });
}

function toMicroseconds({ value }: Variant, key: string): Variant {
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new CgroupError("bad-value", `annotation ${key}: a number of seconds is wanted`);
  }
  return {
    signature: "t",
    value: typeof value === "bigint" ? value * 1_000_000n : BigInt(Math.round(value * 1e6)),
  };
}

/** The type keywords of GVariant text. */
const KEYWORDS: Readonly<Record<string, string>> = {
  boolean: "b",
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  int64: "x",
  uint64: "t",
  double: "d",
  string: "s",
  objectpath: "o",
  signature: "g",
};

/**
 * Parse the text of one GVariant: booleans, numbers, strings and arrays of them, each with a type before it if need be
 * (`uint64 5`, `@as ['a']`).
 *
 * @param key for the message
 * @throws {CgroupError} code "bad-value"
 */
export function parseVariantText(text: string, key: string): Variant {
  const parser = new Parser(text, key);
  const value = parser.value(undefined);
  parser.end();
  return value;
}

const TOKEN =
  /\s*(?:(@[a-z]+)|([A-Za-z][A-Za-z0-9]*)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([[\],]))/y;

class Parser {
  readonly #text: string;
  readonly #key: string;
  #at = 0;

  constructor(text: string, key: string) {
    this.#text = text;
    this.#key = key;
  }

  /** @param type what the text before, or the array around it, says it is */
  value(type: string | undefined): Variant {
    const token = this.#next();
    if (token.startsWith("@")) return this.#typed(token.slice(1), type);
    const keyword = KEYWORDS[token];
    if (keyword !== undefined) return this.#typed(keyword, type);
    if (token === "true" || token === "false") return this.#as("b", type, token === "true");
    if (token === "[") return this.#array(type);
    if (/^["']/.test(token)) return this.#string(token, type);
    if (/^[-+.\d]/.test(token)) return this.#number(token, type);
    return this.#fail(`unexpected ${JSON.stringify(token)}`);
  }

  end(): void {
    if (this.#text.slice(this.#at).trim() !== "") this.#fail("something follows the value");
  }

  #typed(named: string, type: string | undefined): Variant {
    if (type !== undefined && type !== named) return this.#fail(`type ${named} where ${type} is wanted`);
    return this.value(named);
  }

  #array(type: string | undefined): Variant {
    const items: DbusValue[] = [];
    let element = type?.startsWith("a") ? type.slice(1) : undefined;
    if (type !== undefined && element === undefined) return this.#fail(`an array where ${type} is wanted`);
    for (let token = this.#peek(); token !== "]"; token = this.#peek()) {
      if (items.length > 0 && this.#next() !== ",") return this.#fail("a comma is missing");
      const item = this.value(element);
      element = item.signature;
      items.push(item.value);
    }
    this.#next();
    if (element === undefined) return this.#fail("an empty array needs a type, e.g. @as []");
    return { signature: `a${element}`, value: items };
  }

  #string(token: string, type: string | undefined): Variant {
    const text = token
      .slice(1, -1)
      .replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char === "t" ? "\t" : char));
    return type === "o" || type === "g" ? { signature: type, value: text } : this.#as("s", type, text);
  }

  #number(token: string, type: string | undefined): Variant {
    const isWhole = /^[-+]?\d+$/.test(token);
    const wanted = type ?? (isWhole ? "i" : "d");
    if (wanted === "d") return { signature: "d", value: Number(token) };
    if (!isWhole || !"ynqiuxt".includes(wanted)) return this.#fail(`${token} is not of type ${wanted}`);
    const value = BigInt(token.replace(/^\+/, ""));
    const [low, high] = RANGE[wanted] ?? [0n, 0n];
    if (value < low || value > high) return this.#fail(`${token} is out of range`);
    return { signature: wanted, value: wanted === "x" || wanted === "t" ? value : Number(value) };
  }

  #as(own: string, type: string | undefined, value: DbusValue): Variant {
    if (type !== undefined && type !== own)
      return this.#fail(`a value of type ${own} where ${type} is wanted`);
    return { signature: own, value };
  }

  #peek(): string {
    const at = this.#at;
    const token = this.#next();
    this.#at = at;
    return token;
  }

  #next(): string {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (match === null) return this.#fail("it ends too early, or holds what is not supported");
    this.#at = TOKEN.lastIndex;
    return match[0].trim();
  }

  #fail(problem: string): never {
    throw new CgroupError(
      "bad-value",
      `annotation ${this.#key}: ${JSON.stringify(this.#text)} is not understood: ${problem}`,
    );
  }
}

const RANGE: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 255n],
  n: [-(2n ** 15n), 2n ** 15n - 1n],
  q: [0n, 2n ** 16n - 1n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};
