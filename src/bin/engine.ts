/** What Bun has and Node has not. */
interface Engine {
  readonly unsafe?: { readonly setJITPolicy?: (scale: number) => void };
}

/** The executable is built for commands that live for milliseconds and must not compile anything; what lives long should. */
export function compileEagerly(): void {
  const { Bun: bun } = globalThis as { readonly Bun?: Engine };
  bun?.unsafe?.setJITPolicy?.(1);
}
