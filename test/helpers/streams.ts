import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runOk } from "./run.ts";
import { within } from "./wait.ts";

/** Fifos for one process, as a client of containerd makes them, with a reader or writer on our side of each. */
export interface Streams {
  /** The paths to put into a Create or Exec request; empty for a stream that is not wanted. */
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** What was read so far. */
  stdout(): string;
  stderr(): string;
  stdoutBytes(): Buffer;
  write(data: string | Buffer): void;
  /** Close our end of stdin; the process sees end of file once the shim's end is closed too (CloseIO). */
  endInput(): Promise<void>;
  /** Resolves when every output stream has reached its end, as a client waits for before Delete. */
  drained(timeoutMs?: number): Promise<void>;
  /** Detach from the fifos as a client that died would: readers are killed, fifos stay. */
  abandon(): Promise<void>;
  /** Attach new readers to the fifos after `abandon`. */
  reattach(): void;
  /** Kill what still reads or writes and remove the fifos. */
  dispose(): void;
}

export interface StreamOptions {
  readonly stdin?: boolean;
  readonly terminal?: boolean;
}

let counter = 0;

/**
 * Make fifos in `parent` and attach to them. The ends on our side are held by `cat` processes: opening a fifo blocks
 * until the other side comes, which must not block the test.
 */
export async function openStreams(parent: string, options: StreamOptions = {}): Promise<Streams> {
  counter += 1;
  const dir = join(parent, `io${counter}`);
  mkdirSync(dir, { mode: 0o700 });
  const paths = {
    stdin: options.stdin === true ? join(dir, "in") : "",
    stdout: join(dir, "out"),
    stderr: options.terminal === true ? "" : join(dir, "err"),
  };
  await runOk(
    "mkfifo",
    Object.values(paths).filter((path) => path !== ""),
  );

  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let readers: { readonly child: ChildProcess; readonly ended: Promise<void> }[] = [];
  const reattach = () => {
    readers = [reader(paths.stdout, out)];
    if (paths.stderr !== "") readers.push(reader(paths.stderr, err));
  };
  reattach();
  const writer =
    paths.stdin === ""
      ? undefined
      : spawn("sh", ["-c", 'exec cat > "$0"', paths.stdin], { stdio: ["pipe", "ignore", "ignore"] });
  writer?.stdin?.on("error", () => {
    // The process closed its input; what it read shows in its output.
  });
  const writerEnded = new Promise<void>((resolve) => writer?.on("close", () => resolve()));

  const abandon = async () => {
    for (const { child } of readers) child.kill("SIGKILL");
    // Till then one could still take what is written, and lose it.
    await Promise.all(readers.map(({ ended }) => ended));
  };
  return {
    paths,
    stdout: () => Buffer.concat(out).toString(),
    stderr: () => Buffer.concat(err).toString(),
    stdoutBytes: () => Buffer.concat(out),
    write: (data) => {
      if (!writer?.stdin) throw new Error("no stdin was asked for");
      writer.stdin.write(data);
    },
    endInput: async () => {
      writer?.stdin?.end();
      await within("the end of our side of stdin", writerEnded);
    },
    drained: (timeoutMs = 15_000) =>
      within(
        "end of file on the output fifos",
        Promise.all(readers.map(({ ended }) => ended)).then(() => undefined),
        timeoutMs,
      ),
    abandon,
    reattach,
    dispose: () => {
      void abandon();
      writer?.kill("SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function reader(path: string, into: Buffer[]) {
  const child = spawn("cat", [path], { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.on("data", (chunk: Buffer) => into.push(chunk));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return { child, ended };
}
