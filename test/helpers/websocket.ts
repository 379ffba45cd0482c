import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Duplex } from "node:stream";

/** A client's end of a WebSocket (RFC 6455), as much of it as a streaming server of the CRI speaks: whole binary messages. */
export interface WebSocketClient {
  send(message: Buffer): void;
  close(): void;
  /** Settles when the server has closed. */
  readonly closed: Promise<void>;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * Connect through a unix socket.
 *
 * @param path of the URL, with its query
 * @param protocol the subprotocol, which the server must agree to
 * @throws Error with what the server answered instead of an upgrade
 */
export async function connectWebSocket(
  socketPath: string,
  path: string,
  protocol: string,
  onMessage: (message: Buffer) => void,
): Promise<WebSocketClient> {
  const key = randomBytes(16).toString("base64");
  const upgraded = request({
    socketPath,
    path,
    headers: {
      Host: "localhost",
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Protocol": protocol,
    },
  });
  upgraded.end();
  const { stream, head } = await new Promise<{ stream: Duplex; head: Buffer }>((resolve, reject) => {
    upgraded.once("error", reject);
    upgraded.once("response", (response) => {
      response.resume();
      reject(new Error(`${path}: HTTP ${response.statusCode} instead of an upgrade`));
    });
    upgraded.once("upgrade", (response, stream, head) => {
      const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
      const { headers } = response;
      if (headers["sec-websocket-accept"] === accept && headers["sec-websocket-protocol"] === protocol) {
        resolve({ stream, head });
      } else reject(new Error(`${path}: upgraded to ${JSON.stringify(headers)}`));
    });
  });

  const write = (opcode: number, payload: Buffer) => stream.write(encodeFrame(opcode, payload));
  const closed = new Promise<void>((resolve) => stream.once("close", () => resolve()));
  stream.on("error", () => {
    // The server went away; whoever waits sees that it is closed.
  });
  let unread = head;
  const read = () => {
    for (;;) {
      const frame = decodeFrame(unread);
      if (frame === undefined) return;
      unread = unread.subarray(frame.lengthBytes);
      if (frame.opcode === BINARY || frame.opcode === TEXT) onMessage(frame.payload);
      else if (frame.opcode === PING) write(PONG, frame.payload);
      else if (frame.opcode === CLOSE) stream.end(encodeFrame(CLOSE, frame.payload));
    }
  };
  stream.on("data", (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    read();
  });
  read();
  return { send: (message) => write(BINARY, message), close: () => stream.destroy(), closed };
}

/** A client's frame, which must be masked. */
function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  const first = 0x80 | opcode;
  if (payload.length < 126) return Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, masked]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(payload.length));
  return Buffer.concat([Buffer.from([first, 0x80 | 127]), length, mask, masked]);
}

/** A server's frame, which is not masked; undefined when it is not complete. Fragments are messages of their own. */
function decodeFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly lengthBytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const headerBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headerBytes) return undefined;
  const payloadBytes =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const lengthBytes = headerBytes + payloadBytes;
  if (bytes.length < lengthBytes) return undefined;
  return {
    opcode: bytes.readUInt8(0) & 0x0f,
    payload: bytes.subarray(headerBytes, lengthBytes),
    lengthBytes,
  };
}
