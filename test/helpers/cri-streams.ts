import type { Cri } from "./cri.ts";
import { waitFor, within } from "./wait.ts";
import { connectWebSocket, type WebSocketClient } from "./websocket.ts";

/** The first byte of each message says which stream it belongs to: v4.channel.k8s.io. */
const PROTOCOL = "v4.channel.k8s.io";
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const RESIZE = 4;

/** What kubectl has of an exec or attach. */
export interface Session {
  stdout(): string;
  stderr(): string;
  write(text: string): void;
  resize(width: number, height: number): void;
  /** Wait for text on standard output. */
  sees(text: string): Promise<void>;
  /** The exit code, once the server has told it. */
  exitCode(): Promise<number>;
  /** Hang up, as a client that is interrupted. */
  close(): void;
}

/** @param url of Exec or Attach */
export async function openSession(cri: Cri, url: string): Promise<Session> {
  const received: Record<number, Buffer[]> = { [STDOUT]: [], [STDERR]: [], [STATUS]: [] };
  const text = (channel: number) => Buffer.concat(received[channel] ?? []).toString();
  const socket = await connectWebSocket(cri.streamingSocket, pathOf(url), PROTOCOL, (message) => {
    received[message[0] ?? -1]?.push(message.subarray(1));
  });
  return {
    stdout: () => text(STDOUT),
    stderr: () => text(STDERR),
    write: (input) => send(socket, STDIN, input),
    resize: (width, height) => send(socket, RESIZE, JSON.stringify({ Width: width, Height: height })),
    sees: async (wanted) =>
      void (await waitFor(`"${wanted}" on standard output`, () => text(STDOUT).includes(wanted)).catch(
        (error) => {
          throw new Error(`${error}: ${JSON.stringify([text(STDOUT), text(STDERR), text(STATUS)])}`);
        },
      )),
    exitCode: async () => {
      await within("the end of the session", socket.closed);
      return exitCodeOf(text(STATUS));
    },
    close: () => socket.close(),
  };
}

/** Send `request` to a port of a pod and collect what comes back until it contains `end`. */
export async function forward(
  cri: Cri,
  url: string,
  port: number,
  request: string,
  end: string,
): Promise<string> {
  const data: Buffer[] = [];
  const errors: Buffer[] = [];
  // Two streams for each port, data and errors; each begins with the port's number.
  const socket = await connectWebSocket(
    cri.streamingSocket,
    `${pathOf(url)}?port=${port}`,
    PROTOCOL,
    (message) => (message[0] === 0 ? data : errors).push(message.subarray(1)),
  );
  const all = (from: readonly Buffer[]) => Buffer.concat(from).subarray(2).toString();
  send(socket, 0, request);
  try {
    return await waitFor("the forwarded answer", () => {
      const failed = all(errors);
      if (failed !== "") throw new Error(failed);
      const answer = all(data);
      return answer.includes(end) && answer;
    });
  } finally {
    socket.close();
  }
}

function send(socket: WebSocketClient, channel: number, text: string): void {
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}

/** Of a Kubernetes Status: Success, or a cause "ExitCode". */
function exitCodeOf(text: string): number {
  const status = JSON.parse(text) as {
    readonly status: string;
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { readonly reason: string; readonly message: string }[] };
  };
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
  if (cause === undefined) throw new Error(`the session failed: ${text}`);
  return Number(cause.message);
}
