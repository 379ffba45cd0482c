/** Environment variables, as a child gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment for one of our own executables. `BUN_BE_BUN` would turn it into a JavaScript interpreter before any
 * code of ours runs, `BUN_*` and `NODE_OPTIONS` change how it starts; a daemon may have them for reasons of its own.
 */
export function scrubEnvironment(env: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name === "NODE_OPTIONS" || name.startsWith("BUN_")) continue;
    kept[name] = value;
  }
  return kept;
}
