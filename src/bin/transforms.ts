import { readSync, writeSync } from "node:fs";
import { parseJson } from "../spec/json.ts";
import { defineTransform } from "../transforms/define.ts";
import { ANSWER_FD, type HostCall } from "../transforms/user/protocol.ts";
import { TransformServer } from "../transforms/user/serve.ts";

/** Of Bun, as far as it is needed to let a file outside of the executable import a module that is in it. */
interface ModuleEngine {
  plugin(plugin: { readonly name: string; setup(build: ModuleBuilder): void }): void;
}
interface ModuleBuilder {
  module(name: string, load: () => { readonly exports: object; readonly loader: "object" }): void;
}

/**
 * `gantry-runtime transforms`: holds the node's own transforms for one runtime, which kills it when a call takes too long. Ends at
 * the end of its input; while a transform keeps it from noticing that, it dies with its parent (native/engine).
 */
export async function runTransforms(): Promise<number> {
  const { Bun: bun } = globalThis as { readonly Bun?: ModuleEngine };
  bun?.plugin({
    name: "gantry",
    setup: (build) => build.module("gantry", () => ({ exports: { defineTransform }, loader: "object" })),
  });
  const server = new TransformServer((file) => import(file));
  server.captureConsole(console);
  writeAll("ready\n"); // what comes before is not on a transform's account
  for (let line = readLine(); line !== undefined; line = readLine()) {
    // It comes from our own runtime.
    const answer = await server.answer(parseJson(line, "standard input") as HostCall);
    writeAll(`${answer}\n`);
  }
  return 0;
}

/** One call, which is all there is until it is answered. Blocks: there is nothing else to do. @returns undefined at the end */
function readLine(): string | undefined {
  const chunks: Buffer[] = [];
  do {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(0, chunk);
    if (length === 0) return undefined;
    chunks.push(chunk.subarray(0, length));
  } while (chunks.at(-1)?.at(-1) !== NEWLINE);
  return Buffer.concat(chunks).toString();
}

const NEWLINE = 10;

function writeAll(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(ANSWER_FD, bytes, at);
}
