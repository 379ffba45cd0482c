import { describe, expect, it } from "vitest";

import type { HostPath } from "../../../src/core/brand.ts";
import {
  assertTerminalTaken,
  passedDescriptors,
  type SupervisionRequest,
} from "../../../src/runtime/supervision.ts";

const SOCKET = "/s" as HostPath;
const DETACHED: SupervisionRequest = { kind: "detached", stdin: "", stdout: "", stderr: "" };

describe("assertTerminalTaken()", () => {
  it.each<[boolean, HostPath | undefined, SupervisionRequest]>([
    [false, undefined, { kind: "none" }],
    [false, undefined, { kind: "foreground" }],
    [true, SOCKET, { kind: "none" }],
    [true, undefined, { kind: "foreground" }],
    [true, undefined, DETACHED],
    [true, SOCKET, DETACHED],
  ])("accepts terminal=%s socket=%s %j", (hasTerminal, socket, request) => {
    expect(() => assertTerminalTaken(hasTerminal, socket, request)).not.toThrow();
  });

  it("refuses a terminal nobody takes, in the words conmon and others look for", () => {
    expect(() => assertTerminalTaken(true, undefined, { kind: "none" })).toThrowError(
      "cannot allocate tty if runc will detach without setting console socket",
    );
  });

  it.each<[boolean, SupervisionRequest]>([
    [false, { kind: "none" }],
    [false, DETACHED],
    [true, { kind: "foreground" }],
  ])("refuses a console socket without a terminal or detaching: %s %j", (hasTerminal, request) => {
    expect(() => assertTerminalTaken(hasTerminal, SOCKET, request)).toThrowError(
      "cannot use console socket if runc will not detach or allocate tty",
    );
  });
});

describe("passedDescriptors()", () => {
  it("takes LISTEN_FDS only when it is meant for this process", () => {
    expect(passedDescriptors(0, { LISTEN_PID: "1", LISTEN_FDS: "3" }, [])).toEqual({ keepFds: 0, env: [] });
    expect(passedDescriptors(0, { LISTEN_FDS: "3" }, [])).toEqual({ keepFds: 0, env: [] });
  });

  it("refuses a descriptor of this program's own", () => {
    const { LISTEN_PID, LISTEN_FDS } = { LISTEN_PID: String(process.pid), LISTEN_FDS: "1" };
    expect(() => passedDescriptors(0, { LISTEN_PID, LISTEN_FDS }, [3])).toThrowError(
      expect.objectContaining({ code: "bad-descriptor", message: "unable to stat preserved-fd 0 (of 1)" }),
    );
  });

  it("names the first descriptor that the caller did not give", () => {
    expect(() => passedDescriptors(900, {}, [])).toThrowError(
      expect.objectContaining({
        code: "bad-descriptor",
        message: expect.stringMatching(/preserved-fd \d+ \(of 900\)$/),
      }),
    );
  });
});
