import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../helpers/run.ts";
import { within } from "../../helpers/wait.ts";
import { debianRoot, repository } from "../proto/debian.ts";

/** A Go program from peer/, built with one version of containerd's ttrpc library. */
export interface GoPeer {
  readonly program: string;
  /** Whether the library has streams: since ttrpc 1.2. */
  readonly hasStreams: boolean;
  /** Whether its server drops the connection rather than send an oversize message: ttrpc 1.2.7 does, 1.2.4 not. */
  readonly refusesOversize: boolean;
}

/** Where the ttrpc library comes from. Everything else it needs is that of the host. */
export interface Library {
  readonly name: string;
  /** Absent: the package installed on this host. */
  readonly suite?: string;
  /** A suite that still changes may come to need a newer Go than the host's. */
  readonly isMoving?: boolean;
}

const LIBRARY_PACKAGES = ["golang-github-containerd-ttrpc-dev", "golang-github-containerd-log-dev"];
const INSTALLED = "/usr/share/gocode";

/**
 * Build the peer.
 *
 * @returns why not, when Go or the library is not to be had or a moving one does not compile
 * @throws when it does not compile otherwise
 */
export async function buildGoPeer(library: Library): Promise<GoPeer | { readonly missing: string }> {
  const gopath = [INSTALLED];
  if (library.suite !== undefined) {
    const fetched = debianRoot(library.suite, LIBRARY_PACKAGES, { alone: true });
    if ("missing" in fetched) return fetched;
    gopath.unshift(join(fetched.root, INSTALLED));
  }
  const source = gopath
    .map((path) => join(path, "src/github.com/containerd/ttrpc"))
    .find((path) => existsSync(path));
  if (source === undefined) return { missing: `${LIBRARY_PACKAGES[0]} is not installed` };
  const hasStreams = existsSync(join(source, "stream.go"));
  const program = join(repository, ".cache/ttrpc-peer", library.name);
  const args = ["build", "-o", program, ...(hasStreams ? ["-tags", "streaming"] : []), "."];
  const built = await run("go", args, {
    cwd: join(repository, "test/conformance/ttrpc/peer"),
    env: goEnvironment(gopath),
    timeoutMs: 240_000,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (built === undefined) return { missing: "golang-go is not installed" };
  if (built.code !== 0) {
    const failure = `the peer does not compile with the ttrpc of ${library.name}:\n${built.stderr}`;
    if (library.isMoving === true) return { missing: failure };
    throw new Error(failure);
  }
  const errors = join(source, "errors.go");
  const refusesOversize = existsSync(errors) && readFileSync(errors, "utf8").includes("OversizedMessageErr");
  return { program, hasStreams, refusesOversize };
}

/** Only packages that lie on this machine, whatever the developer has set for Go. */
function goEnvironment(gopath: readonly string[]): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    GO111MODULE: "off",
    GOPATH: gopath.join(":"),
    GOCACHE: join(repository, ".cache/go-build"),
    GOENV: "off",
    GOFLAGS: "",
    GOPROXY: "off",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
  };
}

/** What a call of the Go client came to. */
export interface GoResult {
  /** Go's own name of the status code, as OK or NOT_FOUND; "error" for an error that is no status. */
  readonly code: string;
  readonly message: string;
  /** "type-url hex" each */
  readonly details: readonly string[];
  readonly value: string;
}

/** Let the Go client make all its calls to the server at this socket. @returns the results by name */
export async function runGoClient(peer: GoPeer, socketPath: string): Promise<ReadonlyMap<string, GoResult>> {
  const done = await run(peer.program, ["client", socketPath], { timeoutMs: 30_000 });
  if (done.code !== 0) {
    throw new Error(`Go client: ${done.signal ?? `exit code ${done.code}`}\n${done.stdout}${done.stderr}`);
  }
  const results = new Map<string, GoResult>();
  for (const line of done.stdout.trim().split("\n")) {
    const { name, code, message = "", details = [], value = "" } = JSON.parse(line);
    results.set(name, { code: upperSnake(code), message, details, value });
  }
  return results;
}

/** NotFound → NOT_FOUND; OK and error stay. */
function upperSnake(name: string): string {
  return name === "OK" || name === "error" ? name : name.replace(/(?<=.)(?=[A-Z])/g, "_").toUpperCase();
}

/** The Go program serving test.Peer. */
export interface GoServer {
  /** End it without a chance to say goodbye. */
  kill(): void;
  /** @throws Error when it had ended before, or ended badly */
  stop(): Promise<void>;
}

/** Start the Go server; it listens when this resolves. */
export async function startGoServer(peer: GoPeer, socketPath: string): Promise<GoServer> {
  const child = spawn(peer.program, ["server", socketPath], { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = endOf(child);
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  const failed = ended.then((how) => {
    throw new Error(`Go server: ${how}\n${stderr}`);
  });
  // Whoever waits for it hears of the failure; nobody does once the server is up.
  failed.catch(() => {});
  await within("starting the Go server", Promise.race([ready, failed]));
  return {
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      child.stdin.end();
      const how = await within("stopping the Go server", ended).finally(() => child.kill("SIGKILL"));
      if (how !== "exit code 0") throw new Error(`Go server: ${how}\n${stderr}`);
    },
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
