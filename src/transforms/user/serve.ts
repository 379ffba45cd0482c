import { format } from "node:util";
import { stringifyJson } from "../../spec/json.ts";
import type { UserTransform } from "../define.ts";
import { factsOf } from "../facts.ts";
import type { HostAnswer, HostCall } from "./protocol.ts";

/** Lines of one call that are kept, and their length. */
const MAX_LINES = 100;
const MAX_LINE = 1000;

/** Calls the functions of transforms; each file is loaded once. Whoever asks checks what it is answered. */
export class TransformServer {
  readonly #load: (file: string) => Promise<unknown>;
  readonly #transforms = new Map<string, UserTransform>();
  #said: string[] = [];

  /** @param load imports a file */
  constructor(load: (file: string) => Promise<unknown>) {
    this.#load = load;
  }

  /** Have what the transforms write to the console go into the answers. */
  captureConsole(console: Pick<Console, "log" | "info" | "warn" | "error" | "debug">): void {
    const say = (...values: unknown[]): void => {
      if (this.#said.length < MAX_LINES) this.#said.push(format(...values).slice(0, MAX_LINE));
    };
    Object.assign(console, { log: say, info: say, warn: say, error: say, debug: say });
  }

  /** @returns the text of the answer; never throws */
  async answer(call: HostCall): Promise<string> {
    this.#said = [];
    let answer: HostAnswer;
    try {
      const value = await this.#call(call);
      answer = { value, said: this.#said };
      return stringifyJson(answer);
    } catch (error) {
      answer = { error: describe(error, call.file), said: this.#said };
      return stringifyJson(answer);
    }
  }

  async #call(call: HostCall): Promise<unknown> {
    if (call.call === "load") {
      const transform = await this.#import(call.file);
      this.#transforms.set(call.file, transform);
      // Functions become null, which is how a caller sees that they are there.
      return Object.fromEntries(
        Object.entries(transform).map(([key, value]) => [key, typeof value === "function" ? null : value]),
      );
    }
    const transform = this.#transforms.get(call.file);
    if (transform === undefined) throw new Error("was not loaded");
    // A change of its input is an error where it is made.
    const { spec, requests } = deepFreeze(call);
    if (call.call === "apply") return transform.apply(spec, factsOf(call.facts), requests);
    const decision = await transform.applies(spec, requests);
    const facts = decision.applies ? ((await transform.facts?.(spec, requests)) ?? []) : [];
    return { ...decision, facts };
  }

  async #import(file: string): Promise<UserTransform> {
    const module = await this.#load(file);
    const transform = (module as { readonly default?: unknown }).default;
    if (typeof transform !== "object" || transform === null) {
      throw new Error("must have a transform as its default export");
    }
    for (const name of ["applies", "apply"]) {
      if (typeof Reflect.get(transform, name) !== "function")
        throw new Error(`its default export has no function ${name}`);
    }
    return transform as UserTransform;
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}

/** What was thrown, and where in the file. Bun's messages about a file that cannot be parsed are not always `Error`s. */
function describe(error: unknown, file: string): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { message, stack, errors, position } = error as {
    readonly message?: unknown;
    readonly stack?: unknown;
    readonly errors?: readonly unknown[];
    readonly position?: { readonly line?: unknown } | null;
  };
  if (errors?.[0] !== undefined) return describe(errors[0], file);
  const text = String(message ?? "") || "an error without a message";
  const line = /^:(\d+)/.exec(String(stack).split(file)[1] ?? "")?.[1] ?? position?.line;
  return line === undefined ? text : `${text} (line ${String(line)})`;
}
