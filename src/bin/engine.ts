/** What Bun has and Node has not. */
interface Engine {
  readonly unsafe?: { readonly setJITPolicy?: (scale: number) => void };
  readonly gc?: (isSynchronous: boolean) => void;
  readonly shrink?: () => void;
}

const { Bun: bun } = globalThis as { readonly Bun?: Engine };

/** The executable is built for commands that live for milliseconds and must not compile anything; what lives long should. */
export function compileEagerly(): void {
  bun?.unsafe?.setJITPolicy?.(1);
}

/** How long nothing may happen before memory is given back: a collection takes some ten milliseconds. */
const QUIET_MS = 1000;

/**
 * Give memory back whenever there has been nothing to do for a while: left alone, the engine keeps 10 MiB of garbage.
 * @returns to be called with each piece of work
 */
export function trimWhenQuiet(): () => void {
  let lastAt = 0;
  let isArmed = false;
  const check = (): void => {
    const waitMs = lastAt + QUIET_MS - performance.now();
    if (waitMs > 0) {
      setTimeout(check, waitMs).unref();
      return;
    }
    isArmed = false;
    bun?.gc?.(true);
    bun?.shrink?.();
  };
  return () => {
    lastAt = performance.now();
    if (isArmed) return;
    isArmed = true;
    setTimeout(check, QUIET_MS).unref();
  };
}
