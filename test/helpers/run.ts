import { spawn } from "node:child_process";

/** How a program ended and what it wrote. */
export interface Finished {
  /** null when a signal ended it */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to standard input, which is then closed; absent: /dev/null. */
  readonly input?: string | Buffer;
  /** Close standard input only when this has settled. */
  readonly inputUntil?: Promise<unknown>;
  readonly timeoutMs?: number;
}

/** Run a program to its end. A non-zero exit is a result, not an error; one that overruns its time is killed. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: options.env ?? process.env,
      cwd: options.cwd,
      timeout: options.timeoutMs ?? 60_000,
      killSignal: "SIGKILL",
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin?.on("error", () => {
      // The program may end without having read its input; its exit code tells.
    });
    child.stdin?.write(options.input ?? "");
    void Promise.allSettled([options.inputUntil]).then(() => child.stdin?.end());
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** As `run`, but anything other than exit code 0 is an error that shows what the program said. */
export async function runOk(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const done = await run(file, args, options);
  if (done.code !== 0) {
    const how = done.signal ?? `exit code ${done.code}`;
    throw new Error(`${file} ${args.join(" ")}: ${how}\n${done.stdout}${done.stderr}`);
  }
  return done.stdout;
}
