import { stringifyJson } from "../spec/json.ts";
import type { Hook, Hooks, StateDocument } from "../spec/types.ts";
import type { Op, OpOf, Plan } from "./op.ts";

/** How the hooks of one kind run. */
export interface HookOptions {
  /** `prestart`, `createRuntime`, …: what a failure names. */
  readonly hookKind: keyof Hooks;
  readonly cwd: string;
  /** Environment of hooks that name none. */
  readonly env: readonly string[];
  /** A failure is a warning (poststop). */
  readonly tolerate: boolean;
}

/**
 * A plan that runs hooks on the host and nothing else: poststart and poststop, one after the other until one fails.
 *
 * @param state what they read on standard input, complete
 */
export function compileHooksPlan(hooks: readonly Hook[], state: StateDocument, options: HookOptions): Plan {
  const stdin = { stdinBefore: stringifyJson(state), stdinAfter: "", hasPid: false };
  return {
    ops: [
      { kind: "stage", stage: "host" },
      ...hooks.map((hook, index) => hookOp(hook, index, stdin, options)),
    ],
    warnings: [],
  };
}

/**
 * Hooks of a container whose process does not exist yet: its pid is left open in the JSON, the native part puts it in.
 */
export function compileHooks(
  hooks: readonly Hook[] | undefined,
  state: StateDocument,
  options: HookOptions,
): Op[] {
  const stdin = splitAtPid(state);
  return (hooks ?? []).map((hook, index) => hookOp(hook, index, stdin, options));
}

type HookStdin = Pick<OpOf<"hook">, "stdinBefore" | "stdinAfter" | "hasPid">;

function splitAtPid(state: StateDocument): HookStdin {
  const { ociVersion, id, status, ...rest } = state;
  const before = stringifyJson({ ociVersion, id, status });
  const after = stringifyJson({
    bundle: rest.bundle,
    ...(rest.annotations && { annotations: rest.annotations }),
  });
  return { stdinBefore: `${before.slice(0, -1)},"pid":`, stdinAfter: `,${after.slice(1)}`, hasPid: true };
}

function hookOp(hook: Hook, index: number, stdin: HookStdin, options: HookOptions): OpOf<"hook"> {
  return {
    kind: "hook",
    name: `${options.hookKind} hook #${index}`,
    path: hook.path,
    argv: hook.args?.length ? hook.args : [hook.path],
    env: hook.env ?? options.env,
    cwd: options.cwd,
    timeoutMs: (hook.timeout ?? 0) * 1000,
    ...stdin,
    tolerate: options.tolerate,
  };
}
