import { describe, expect, it } from "vitest";

import { RuntimeService, type RuntimeServiceOptions } from "../../../src/bin/runtime-service.ts";
import { gantry } from "../../../src/gen/runtime.js";
import type { CallContext, UnaryHandler } from "../../../src/ttrpc/service.ts";

const { RunRequest, RunResponse } = gantry.runtime.v1;

const CALL: CallContext = {
  service: "gantry.runtime.v1.Runtime",
  method: "Run",
  metadata: new Map(),
  signal: new AbortController().signal,
  timeoutNs: 0n,
  connectionId: 1,
  streamId: 1,
};

function service(run: RuntimeServiceOptions["run"], isOrphan = () => false) {
  const made = new RuntimeService({ run, isOrphan });
  const handler = made.definition.methods["Run"] as UnaryHandler;
  const call = async (request: gantry.runtime.v1.RunRequest.$Properties) =>
    RunResponse.decode(await handler(RunRequest.encode(request).finish(), CALL));
  return { made, call };
}

describe("RuntimeService", () => {
  it("hands over arguments and input, and answers with exit code and streams", async () => {
    const { call } = service(async (args, io) => {
      io.writeOut(`${args.join("|")} ${Buffer.from(await io.readInput()).toString()}`);
      io.writeErr("one ");
      io.writeErr("two");
      return 7;
    });
    const answer = await call({ args: ["--root", "/r", "x y"], input: "{}", wantsOutput: true });
    expect(answer).toMatchObject({ exitCode: 7, stdout: "--root|/r|x y {}", stderr: "one two" });
  });

  it("keeps no output that is not wanted", async () => {
    const { call } = service(async (_, io) => {
      io.writeOut("much");
      return 0;
    });
    expect(await call({ args: [] })).toMatchObject({ exitCode: 0, stdout: "" });
  });

  it("keeps the beginning of a large output and the end of a large complaint, so that the answer fits a frame", async () => {
    const { call } = service(async (_, io) => {
      for (let i = 0; i < 100; i++) {
        io.writeOut(`${i}ü`.padEnd(65_536, "o"));
        io.writeErr(`${i}`.padEnd(65_536, "e"));
      }
      io.writeErr("the end");
      return 1;
    });
    const { stdout, stderr } = await call({ args: [], wantsOutput: true });
    expect(stdout.startsWith("0ü")).toBe(true);
    expect(stderr.endsWith("the end")).toBe(true);
    expect(Buffer.byteLength(stdout) + Buffer.byteLength(stderr)).toBeLessThan(4 * 1024 * 1024);
  });

  it("begins nothing when whoever started it is gone", async () => {
    let begun = 0;
    const { call } = service(
      async () => {
        begun += 1;
        return 0;
      },
      () => true,
    );
    await expect(call({ args: ["create"] })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(begun).toBe(0);
  });

  it("tells a command that its time is over, and none that has time", async () => {
    const { call } = service(
      (args, _, giveUp) =>
        new Promise((resolve) => {
          giveUp.addEventListener("abort", () => resolve(3));
          if (args[0] === "quick") resolve(0);
        }),
    );
    expect(await call({ args: ["slow"], timeoutMs: 20 })).toMatchObject({ exitCode: 3 });
    expect(await call({ args: ["quick"], timeoutMs: 20 })).toMatchObject({ exitCode: 0 });
  });

  it("is idle when every command has ended, also one that has failed", async () => {
    let finish: () => void = () => {};
    const { made, call } = service(
      (args) =>
        new Promise((resolve, reject) => {
          if (args[0] === "bad") reject(new Error("a fault of ours"));
          else finish = () => resolve(0);
        }),
    );
    await made.idle();
    const running = call({ args: ["good"] });
    await expect(call({ args: ["bad"] })).rejects.toThrow("a fault of ours");
    let isIdle = false;
    const idle = made.idle().then(() => {
      isIdle = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isIdle).toBe(false);
    finish();
    await running;
    await idle;
  });
});
