import type { Socket } from "node:net";
import { type Frame, FrameDecoder, HEADER_BYTES } from "../../ttrpc/frame.ts";
import { ShimError } from "../errors.ts";

/**
 * The next frame of a connection; what comes after it stays in the socket, which is paused then: whoever reads on resumes it.
 *
 * @returns undefined when the peer says nothing and goes
 * @throws {ShimError} code "bad-frame"
 */
export function readFirstFrame(socket: Socket, timeoutMs: number): Promise<Frame | undefined> {
  return new Promise((resolve, reject) => {
    const decoder = new FrameDecoder();
    let received = 0;
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      socket.pause();
      socket.removeListener("data", onData);
      socket.removeListener("close", onClose);
      act();
    };
    const onClose = (): void => settle(() => resolve(undefined));
    const onData = (chunk: Buffer): void => {
      received += chunk.length;
      const [first] = decoder.push(chunk);
      if (first === undefined) return;
      if (first.kind === "oversize") {
        settle(() => reject(new ShimError("bad-frame", `first frame of ${first.lengthBytes} bytes`)));
        return;
      }
      const rest = received - HEADER_BYTES - first.data.length;
      settle(() => {
        if (rest > 0) socket.unshift(chunk.subarray(chunk.length - rest));
        resolve(first);
      });
    };
    const timer = setTimeout(
      () => settle(() => reject(new ShimError("bad-frame", `no first frame within ${timeoutMs} ms`))),
      timeoutMs,
    );
    socket.on("data", onData);
    socket.on("close", onClose);
    socket.resume();
  });
}
