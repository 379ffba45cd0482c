/**
 * The one entry point of every TypeScript program. `npm run build` compiles it to one file under several names; which
 * program runs is decided by the name it was called by. Each is loaded only when it runs.
 */
import { writeSync } from "node:fs";

import { nameOf, type Program, scrubEnvironment } from "./invocation.ts";

const PROGRAMS: ReadonlyMap<string, () => Promise<Program>> = new Map([
  ["gantry-shimd", async () => (await import("./shimd.ts")).runShimd],
  ["gantry-runtime", async () => (await import("./runtime.ts")).runRuntime],
  ["gantry", async () => (await import("./gantry.ts")).runGantry],
]);

async function main(): Promise<number> {
  scrubEnvironment(process.env);
  const { name, args } = nameOf(process, new Set(PROGRAMS.keys()));
  const load = PROGRAMS.get(name);
  if (load === undefined) {
    writeSync(
      2,
      `unknown program ${JSON.stringify(name)}: must be one of ${[...PROGRAMS.keys()].join(", ")}\n`,
    );
    return 1;
  }
  const program = await load();
  return program({ name, args, env: process.env, execPath: process.execPath });
}

main().then(
  // At once, whatever is still open: a caller waits for our end, and a lingering handle must not keep it waiting.
  (status) => process.exit(status),
  (error: unknown) => {
    writeSync(2, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
