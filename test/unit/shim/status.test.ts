import { describe, expect, it } from "vitest";
import { ClientError, runtimeError } from "../../../src/client/errors.ts";
import { parseContainerId } from "../../../src/core/ids.ts";
import { ShimError } from "../../../src/shim/errors.ts";
import { toTtrpcError } from "../../../src/shim/status.ts";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("toTtrpcError()", () => {
  it.each([
    ["no-container", "NOT_FOUND"],
    ["no-exec", "NOT_FOUND"],
    ["finished", "NOT_FOUND"],
    ["no-cgroup", "NOT_FOUND"],
    ["already-exists", "ALREADY_EXISTS"],
    ["no-process", "FAILED_PRECONDITION"],
    ["refused", "FAILED_PRECONDITION"],
    ["wrong-status", "UNKNOWN"],
    ["unsupported", "UNIMPLEMENTED"],
    ["bad-request", "INVALID_ARGUMENT"],
    ["corrupt", "INTERNAL"],
  ] as const)("turns %s into %s with its message", (code, status) => {
    const error = new ShimError(code, "why: because");
    expect(toTtrpcError(error)).toMatchObject({ code: status, message: "why: because", cause: error });
  });

  it("turns a bad id into INVALID_ARGUMENT", () => {
    expect(toTtrpcError(thrownBy(() => parseContainerId("a/b"))).code).toBe("INVALID_ARGUMENT");
  });

  it("leaves a status as it is", () => {
    const error = new TtrpcError("DEADLINE_EXCEEDED", "late");
    expect(toTtrpcError(error)).toBe(error);
  });

  it.each([
    ["a file that is missing", Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" })],
    ["a bug", new TypeError("x is not a function")],
    ["something that is no error", "text"],
  ])("never takes %s for a container that is gone", (_, error) => {
    expect(toTtrpcError(error).code).toBe("UNKNOWN");
  });
});

describe("runtimeError()", () => {
  it("introduces a failure as runc's shim does", () => {
    expect(runtimeError("create", "no").message).toBe("OCI runtime create failed: no");
    expect(runtimeError("delete", "no").message).toBe("no");
  });

  it.each([
    ["kill", "container does not exist", "does-not-exist"],
    ["kill", "container not running", "not-running"],
    ["kill", "os: process already finished", "not-running"],
    ["kill", "no such process", "not-running"],
    ["create", 'container with id "c1" already exists', "exists"],
    ["start", "mkdir /x: already exists", "failed"],
    ["create", "exec: no such file or directory", "failed"],
  ])("of %s: %s → %s", (command, message, code) => {
    expect(runtimeError(command, message)).toMatchObject({ code });
    expect(runtimeError(command, message).message).toContain(message);
    expect(runtimeError(command, message)).toBeInstanceOf(ClientError);
  });
});
