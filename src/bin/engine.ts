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

/**
 * How long nothing may happen before memory is given back. With the garbage goes all code that was compiled: the next two
 * hundred calls pay three times their price for it, which a node that is asked something every second must not.
 */
const QUIET_MS = 10_000;

/**
 * Give memory back whenever there has been nothing to do for a while: left alone, the engine keeps 7 MiB of garbage and code.
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
