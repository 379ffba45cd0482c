import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { dirname } from "node:path";
import { errnoOf } from "../core/errors.ts";
import { ShimError } from "./errors.ts";

/** What came of trying to be the server of a socket. */
export type Listening =
  | { readonly type: "listening"; readonly server: Server }
  /** Another server is there and accepts connections. */
  | { readonly type: "taken" };

// sockaddr_un.sun_path is 108 bytes with its NUL; Go's dialler refuses the last one too.
const MAX_SOCKET_PATH_BYTES = 106;
const PROBE_TIMEOUT_MS = 100;
const LOCK_WAIT_MS = 2000;

/**
 * Listen on a unix socket (0600, in a directory made 0700), or find out that somebody does. A socket that nobody accepts
 * connections on is replaced. Several processes may try at once: exactly one gets to listen.
 *
 * @throws {ShimError} code "server-failed" for a path that is too long; otherwise the error of listen(2)
 */
export async function listenOrJoin(path: string): Promise<Listening> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new ShimError("server-failed", `socket path ${path} is longer than ${MAX_SOCKET_PATH_BYTES} bytes`);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const release = await lockSocket(path);
  try {
    if (await isAccepting(path)) return { type: "taken" };
    unlinkIfExists(path);
    const server = await listen(path);
    chmodSync(path, 0o600);
    return { type: "listening", server };
  } finally {
    release();
  }
}

/** Remove a socket that nobody listens on; one that is in use stays. */
export async function removeIfDead(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const release = await lockSocket(path);
  try {
    if (!(await isAccepting(path))) unlinkIfExists(path);
  } finally {
    release();
  }
}

/** Whether somebody accepts connections on this socket. */
export function isAccepting(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    // A listener with a full backlog is alive all the same: only a refusal says that nobody listens.
    const timer = setTimeout(() => finish(true), PROBE_TIMEOUT_MS);
    socket.on("connect", () => finish(true));
    socket.on("error", () => finish(false));
  });
}

/**
 * An abstract socket as a lock: the kernel lets go of it with its owner, so it cannot be left behind. Looking, removing
 * and binding are three steps; without a lock, two servers that found the same dead socket could both come to listen. If
 * somebody sits on the name for long, be it by accident or ill will, we go on without: that only brings the race back.
 */
async function lockSocket(path: string): Promise<() => void> {
  const name = `\0gantry-listen-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
  const deadline = performance.now() + LOCK_WAIT_MS;
  while (performance.now() < deadline) {
    try {
      const waiting = new Set<{ destroy(): void }>();
      const server = await listen(name);
      server.on("connection", (socket) => waiting.add(socket));
      return () => {
        server.close();
        for (const socket of waiting) socket.destroy();
      };
    } catch (error) {
      if (errnoOf(error) !== "EADDRINUSE") return () => {};
    }
    await closedBy(name, deadline);
  }
  return () => {};
}

/** Resolves when the holder of the lock lets go. */
function closedBy(name: string, deadline: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(name);
    const timer = setTimeout(() => socket.destroy(), Math.max(1, deadline - performance.now()));
    socket.on("error", () => {}); // gone already; "close" follows
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(path, () => {
      server.removeListener("error", reject);
      resolve(server);
    });
  });
}

function unlinkIfExists(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
