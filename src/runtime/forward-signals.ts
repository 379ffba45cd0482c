/**
 * What an attached command passes on: everything that can be caught and is meant for the process, not for us.
 * SIGCHLD is about our own child; SIGPIPE, SIGSEGV and their like are about our own faults.
 */
const FORWARDED = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGCONT",
  "SIGTSTP",
  "SIGPWR",
  "SIGIO",
  "SIGWINCH", // gantry-init copies the new size to the terminal
] as const satisfies readonly NodeJS.Signals[];

/** Call `forward` for each such signal this process gets. @returns a function that ends it */
export function forwardSignals(forward: (signal: NodeJS.Signals) => void): () => void {
  const listener = (signal: NodeJS.Signals): void => forward(signal);
  for (const signal of FORWARDED) process.on(signal, listener);
  return () => {
    for (const signal of FORWARDED) process.off(signal, listener);
  };
}
