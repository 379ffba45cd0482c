import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  processSpecPath,
  readExecRecords,
  readLastExit,
  readTaskRecord,
  removeExecRecord,
  removeTaskRecord,
  type TaskRecord,
  writeExecRecord,
  writeLastExit,
  writeTaskRecord,
} from "../../../../src/shim/task/records.ts";

let bundle: string;
beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), "gantry-records-"));
});
afterEach(() => rmSync(bundle, { recursive: true }));

const STDIO = { stdin: "", stdout: "/f/out", stderr: "binary:///l?a=b", hasTerminal: false };
const task = (): TaskRecord => ({
  id: "c1",
  bundle,
  containerdNamespace: "k8s.io",
  stateRoot: "/run/gantry/k8s.io",
  runtimePath: "/opt/gantry-runtime",
  socket: "/run/s/x",
  ...STDIO,
});
const corrupt = (words: RegExp) =>
  expect.objectContaining({ code: "corrupt", message: expect.stringMatching(words) });

describe("a task's record", () => {
  it("comes back as it was written, for root's eyes only, and can be removed", () => {
    expect(readTaskRecord(bundle)).toBeUndefined();
    writeTaskRecord(task());
    expect(readTaskRecord(bundle)).toEqual(task());
    expect(statSync(join(bundle, "task.json")).mode & 0o777).toBe(0o600);
    removeTaskRecord(bundle);
    removeTaskRecord(bundle);
    expect(readTaskRecord(bundle)).toBeUndefined();
  });

  it("is of the bundle it lies in, whatever it says", () => {
    writeFileSync(join(bundle, "task.json"), JSON.stringify({ ...task(), bundle: "/elsewhere" }));
    expect(readTaskRecord(bundle)?.bundle).toBe(bundle);
  });

  it.each([
    ["{", /task\.json: not JSON/],
    ["null", /"id"/],
    ["[]", /"id"/],
    ['{"id":"c1"}', /"containerdNamespace"/],
    [JSON.stringify({ ...task, id: "c1", hasTerminal: "no" }), /"containerdNamespace"/],
  ])("is refused when it is %s", (text, words) => {
    writeFileSync(join(bundle, "task.json"), text);
    expect(() => readTaskRecord(bundle)).toThrow(corrupt(words));
  });
});

describe("an exec's record", () => {
  const exec = (execId: string) => ({ execId, ...STDIO });

  it("comes back, one for each exec, and goes with its other files", () => {
    expect(readExecRecords(bundle)).toEqual([]);
    writeExecRecord(bundle, exec("e1"), Buffer.from('{"a":18446744073709551615}'));
    writeExecRecord(bundle, exec("e2"), "{}");
    writeFileSync(join(bundle, "execs/e1/more"), "7");
    expect(readExecRecords(bundle)).toEqual(expect.arrayContaining([exec("e1"), exec("e2")]));
    // The bytes themselves: a number that JSON.parse would change.
    expect(readFileSync(processSpecPath(bundle, "e1"), "utf8")).toBe('{"a":18446744073709551615}');
    removeExecRecord(bundle, "e1");
    removeExecRecord(bundle, "e1");
    expect(readExecRecords(bundle)).toEqual([exec("e2")]);
    expect(existsSync(join(bundle, "execs/e1"))).toBe(false);
  });

  it.each(["process", "a.process", "x.json", "+", "..e"])("may be called %s", (execId) => {
    writeExecRecord(bundle, exec(execId), "{}");
    expect(readExecRecords(bundle)).toEqual([exec(execId)]);
  });
});

describe("the last exit", () => {
  it("comes back to the nanosecond", () => {
    expect(readLastExit(bundle)).toBeUndefined();
    const exit = { pid: 7, exitStatus: 137, exitedAtNs: 1_700_000_000_123_456_789n };
    writeLastExit(bundle, exit);
    expect(readLastExit(bundle)).toEqual(exit);
  });

  it.each([
    ["not JSON", "{"],
    ["without time", '{"pid":1,"exitStatus":0}'],
    ["with a time that is none", '{"pid":1,"exitStatus":0,"exitedAtNs":"-1"}'],
    ["without pid", '{"exitStatus":0,"exitedAtNs":"1"}'],
  ])("is refused %s", (_, text) => {
    writeFileSync(join(bundle, "exit.json"), text);
    expect(() => readLastExit(bundle)).toThrow(corrupt(/exit\.json/));
  });
});
