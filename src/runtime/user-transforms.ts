import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { NodeConfig } from "../transforms/config.ts";
import type { TransformRequests } from "../transforms/define.ts";
import { TransformError } from "../transforms/errors.ts";
import { named } from "../transforms/pipeline.ts";
import type { Requests } from "../transforms/requests.ts";
import type { Transform } from "../transforms/transform.ts";
import { parseDecision, parseLoaded, parseResult } from "../transforms/user/check.ts";
import type { Decision, HostCall, LoadedTransform } from "../transforms/user/protocol.ts";
import { assertTrusted } from "./node-config.ts";
import { HostEnded, TransformHost } from "./transform-host.ts";

const EXTENSIONS = [".mjs", ".ts"];
/** A call whose process was killed for another one's sake is repeated so often. */
const MAX_TRIES = 5;

/** What was loaded, and from which files. */
interface Loaded {
  readonly version: string;
  readonly host: TransformHost;
  readonly transforms: Map<string, LoadedTransform>;
}

/**
 * The node's own transforms. They run in a process beside this one, which is started on first need and again whenever one of
 * their files has changed.
 */
export class UserTransforms {
  readonly #command: readonly [string, ...string[]];
  #loaded: Loaded | undefined;

  /** @param command executable and arguments of the process */
  constructor(command: readonly [string, ...string[]]) {
    this.#command = command;
  }

  /**
   * Those that the configuration names, in its order.
   *
   * @throws {TransformError} codes "bad-config" (a file that is not there, or not trusted), "failed" (cannot be loaded), "bad-result"
   */
  async find(config: NodeConfig, log: Logger): Promise<readonly Transform[]> {
    const { enabled } = config.transforms;
    if (enabled.length === 0) return [];
    const files = findFiles(config);
    const found: Transform[] = [];
    for (const name of enabled) {
      const context = { name, file: files.paths.get(name) ?? "", version: files.version, config, log };
      try {
        const loaded = await this.#withHost(context, (current) => loadOnce(current, context));
        found.push(
          new UserTransform(context, loaded, (call, parse) =>
            this.#withHost(context, async (current) => {
              await loadOnce(current, context);
              return exchange(current, context, call, parse);
            }),
          ),
        );
      } catch (error) {
        throw named(error, name);
      }
    }
    return found;
  }

  /** End the process. */
  close(): void {
    this.#loaded?.host.kill();
    this.#loaded = undefined;
  }

  /** @throws {TransformError} naming the file */
  async #withHost<Value>(context: FileContext, use: (current: Loaded) => Promise<Value>): Promise<Value> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await use(this.#current(context.version));
      } catch (error) {
        if (error instanceof HostEnded && attempt < MAX_TRIES) continue;
        throw withFile(error, context.file);
      }
    }
  }

  #current(version: string): Loaded {
    if (this.#loaded?.version === version && !this.#loaded.host.hasEnded) return this.#loaded;
    this.#loaded?.host.retire();
    this.#loaded = { version, host: new TransformHost(this.#command), transforms: new Map() };
    return this.#loaded;
  }
}

/** A transform's file, and what it is called with. */
interface FileContext {
  readonly name: string;
  readonly file: string;
  readonly version: string;
  readonly config: NodeConfig;
  readonly log: Logger;
}

type Exchange = <Value>(call: HostCall, parse: (value: unknown) => Value) => Promise<Value>;

async function loadOnce(current: Loaded, context: FileContext): Promise<LoadedTransform> {
  const known = current.transforms.get(context.file);
  if (known !== undefined) return known;
  const loaded = await exchange(current, context, { call: "load", file: context.file }, parseLoaded);
  current.transforms.set(context.file, loaded);
  return loaded;
}

async function exchange<Value>(
  { host }: Loaded,
  { name, config, log }: FileContext,
  call: HostCall,
  parse: (value: unknown) => Value,
): Promise<Value> {
  const { value, said } = await host.call(call, config.transforms.timeoutMs);
  for (const line of said) log.log("info", `transform "${name}" says: ${line}`);
  return parse(value);
}

/** A transform that is called in another process. */
class UserTransform implements Transform {
  readonly name: string;
  readonly stage = "user";
  readonly ownsRootfs: boolean;
  readonly takesSandboxes: boolean;
  readonly #context: FileContext;
  readonly #annotations: readonly string[];
  readonly #exchange: Exchange;
  #decision: Decision | undefined;

  constructor(context: FileContext, loaded: LoadedTransform, exchange: Exchange) {
    this.name = context.name;
    this.ownsRootfs = loaded.ownsRootfs;
    this.takesSandboxes = loaded.takesSandboxes;
    this.#context = context;
    this.#annotations = loaded.annotations;
    this.#exchange = exchange;
  }

  /** The facts come with the answer: one exchange less. */
  async applies(spec: Parameters<Transform["applies"]>[0], requests: Requests): Promise<Decision> {
    const { file, config } = this.#context;
    const call = { call: "decide", file, spec, requests: this.#requests(requests) } as const;
    const { readFiles } = config.transforms;
    this.#decision = await this.#exchange(call, (value) => parseDecision(value, readFiles));
    return this.#decision;
  }

  facts(): Decision["facts"] {
    return this.#decision?.facts ?? [];
  }

  apply(...[spec, facts, requests]: Parameters<Transform["apply"]>): ReturnType<Transform["apply"]> {
    const call = {
      call: "apply",
      file: this.#context.file,
      spec,
      requests: this.#requests(requests),
      facts: facts.answers,
    } as const;
    return this.#exchange(call, parseResult);
  }

  #requests({ id, bundle, isSandbox, kubernetes, annotations }: Requests): TransformRequests {
    const named = this.#annotations.filter((key) => Object.hasOwn(annotations, key));
    return {
      id,
      bundle,
      isSandbox,
      kubernetes,
      annotations: Object.fromEntries(named.map((key) => [key, annotations[key] ?? ""])),
      options: (this.#context.config.transforms.options[this.name] ?? {}) as TransformRequests["options"],
    };
  }
}

interface TransformFiles {
  /** By name. */
  readonly paths: ReadonlyMap<string, string>;
  /** Changes whenever a file does. */
  readonly version: string;
}

/** @throws {TransformError} code "bad-config" */
function findFiles({ transforms: { directory, enabled } }: NodeConfig): TransformFiles {
  let names: string[];
  let version = "";
  try {
    version = assertTrusted(directory, statSync(directory, { bigint: true }));
    names = readdirSync(directory).sort();
    // All of them: one may import another.
    for (const name of names) {
      const path = join(directory, name);
      version += `\n${name} ${assertTrusted(path, statSync(path, { bigint: true }))}`;
    }
  } catch (cause) {
    if (cause instanceof TransformError) throw cause;
    throw new TransformError("bad-config", `cannot read ${directory}: ${messageOf(cause)}`, { cause });
  }
  const paths = new Map(enabled.map((name) => [name, findFile(directory, name, names)]));
  return { paths, version };
}

function findFile(directory: string, name: string, names: readonly string[]): string {
  const found = EXTENSIONS.map((extension) => `${name}${extension}`).filter((file) => names.includes(file));
  const [file, other] = found;
  const path = join(directory, file ?? `${name}.mjs`);
  if (file === undefined)
    throw new TransformError("bad-config", `transform "${name}" is enabled, but there is no ${path}`);
  if (other !== undefined)
    throw new TransformError("bad-config", `transform "${name}": ${path} and ${other} are both there`);
  return path;
}

function withFile(error: unknown, file: string): Error {
  if (!(error instanceof TransformError)) return error instanceof Error ? error : new Error(String(error));
  if (error.message.startsWith(file)) return error;
  return new TransformError(error.code, `${file}: ${error.message}`, { cause: error });
}
