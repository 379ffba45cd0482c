/** How one of our programs was called; the only place where `process.env` and `process.argv` are read. */
export interface Invocation {
  /** The program's name: the last component of argv[0]. */
  readonly name: string;
  /** Its arguments, without the name. */
  readonly args: readonly string[];
  /** The environment, without what steers JavaScript engines. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The executable file that runs; the other programs are beside it. */
  readonly execPath: string;
}

/** Runs a program and returns its exit code. */
export type Program = (invocation: Invocation) => Promise<number>;

/** What to know of `process`, so that a test can make one up. */
export interface ProcessFacts {
  readonly argv0: string;
  readonly argv: readonly string[];
  readonly execPath: string;
}

/**
 * Which program was called. A compiled executable goes by argv[0]; anything else (`node main.ts gantry-runtime list`)
 * names the program in its first argument.
 *
 * @param names the programs there are
 * @returns name and arguments; the name is not one of `names` when neither place has one
 */
export function nameOf(facts: ProcessFacts, names: ReadonlySet<string>): Pick<Invocation, "name" | "args"> {
  // argv[0] and argv[1] are the engine and the script, also in a file compiled by Bun.
  const rest = facts.argv.slice(2);
  const called = facts.argv0.slice(facts.argv0.lastIndexOf("/") + 1);
  if (names.has(called)) return { name: called, args: rest };
  const [first = "", ...others] = rest;
  return { name: first, args: others };
}

/**
 * Remove from an environment what would change how a JavaScript engine starts: our children may be such engines, and
 * `BUN_BE_BUN` would turn our own executables into another program.
 */
export function scrubEnvironment(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(env)) {
    if (name === "NODE_OPTIONS" || name.startsWith("BUN_")) delete env[name];
  }
}
