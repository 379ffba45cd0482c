import { readlinkSync } from "node:fs";
import { basename } from "node:path";

import type { HostPath } from "../core/brand.ts";
import { readTextIfExists } from "../host/files.ts";
import type { StdioTarget, Supervision } from "../plan/input.ts";
import { parseStdio } from "../stdio/parse.ts";
import { resolveStdio } from "../stdio/resolve.ts";
import { RuntimeError } from "./errors.ts";

/** How the caller wants a process to be looked after. */
export type SupervisionRequest =
  /** runc's contract: the process becomes an orphan that the caller's subreaper reaps; stdio is ours. */
  | { readonly kind: "none" }
  /** Attached `run` and `exec`: we stay and pass on its exit status; stdio is ours. */
  | { readonly kind: "foreground" }
  /** `--monitor`: gantry-init stays as its parent and owns its streams. */
  | { readonly kind: "detached"; readonly stdin: string; readonly stdout: string; readonly stderr: string };

const INHERIT: StdioTarget = { kind: "inherit" };

/**
 * Check that somebody will take the terminal, before anything is made; runc's rules and words.
 *
 * @throws {RuntimeError} code "bad-terminal"
 */
export function assertTerminalTaken(
  hasTerminal: boolean,
  consoleSocket: HostPath | undefined,
  request: SupervisionRequest,
): void {
  if (hasTerminal && request.kind === "none" && consoleSocket === undefined) {
    throw new RuntimeError(
      "bad-terminal",
      "cannot allocate tty if runc will detach without setting console socket",
    );
  }
  if (consoleSocket !== undefined && (!hasTerminal || request.kind === "foreground")) {
    throw new RuntimeError(
      "bad-terminal",
      "cannot use console socket if runc will not detach or allocate tty",
    );
  }
}

/**
 * What the plan says about the process's parent and streams. The file of a `file://` is made.
 *
 * @param options.stateRoot its last component is the containerd namespace a logging program is told
 * @throws {StdioError}
 */
export function resolveSupervision(
  request: SupervisionRequest,
  options: {
    readonly processDir: HostPath;
    readonly hasTerminal: boolean;
    readonly consoleSocket: HostPath | undefined;
    readonly pidfdSocket: HostPath | undefined;
    readonly keepFds: number;
    readonly processId: string;
    readonly stateRoot: string;
  },
): Supervision {
  const common = {
    processDir: options.processDir,
    keepFds: options.keepFds,
    ...(options.consoleSocket === undefined ? {} : { consoleSocket: options.consoleSocket }),
    ...(options.pidfdSocket === undefined ? {} : { pidfdSocket: options.pidfdSocket }),
  };
  if (request.kind !== "detached") {
    return { ...common, monitor: request.kind, stdin: INHERIT, stdout: INHERIT, stderr: INHERIT };
  }
  const parsed = parseStdio(
    { ...request, hasTerminal: options.hasTerminal },
    { processId: options.processId, containerdNamespace: basename(options.stateRoot) },
  );
  return { ...common, monitor: "detached", ...resolveStdio(parsed) };
}

/** How many descriptors from 3 on go to the process, and what it is told about them. */
export interface PassedDescriptors {
  readonly keepFds: number;
  /** `LISTEN_FDS` and `LISTEN_PID` of systemd's socket activation; empty without it. */
  readonly env: readonly string[];
}

/**
 * Descriptors of socket activation first, then those of `--preserve-fds`, as runc counts them. Each must have been
 * given to us by the caller.
 *
 * @param ownFds what this program has opened itself
 * @throws {RuntimeError} code "bad-descriptor"
 */
export function passedDescriptors(
  preserveFds: number,
  env: Readonly<Record<string, string | undefined>>,
  ownFds: readonly number[],
): PassedDescriptors {
  const isForUs = env["LISTEN_PID"] === String(process.pid);
  const count = env["LISTEN_FDS"] ?? "";
  const listenFds = isForUs && /^\d{1,4}$/.test(count) ? Number(count) : 0;
  const keepFds = preserveFds + listenFds;
  for (let fd = 3; fd < 3 + keepFds; fd++) {
    if (ownFds.includes(fd) || !isInherited(fd))
      throw new RuntimeError("bad-descriptor", `unable to stat preserved-fd ${fd - 3} (of ${keepFds})`);
  }
  return { keepFds, env: listenFds === 0 ? [] : [`LISTEN_FDS=${listenFds}`, "LISTEN_PID=1"] };
}

const O_CLOEXEC = 0o2000000;
/** What a JavaScript engine keeps for its event loop. */
const ENGINE_OWN = /^anon_inode:\[(eventpoll|eventfd|timerfd)\]$/;

/**
 * Close-on-exec says little: Bun sets it on everything from descriptor 4 on when it starts, the caller's included.
 */
function isInherited(fd: number): boolean {
  const flags = /^flags:\s*(\d+)$/m.exec(readTextIfExists(`/proc/self/fdinfo/${fd}`) ?? "")?.[1];
  if (flags === undefined) return false;
  if ((Number.parseInt(flags, 8) & O_CLOEXEC) === 0) return true;
  return !ENGINE_OWN.test(readlinkSync(`/proc/self/fd/${fd}`));
}
