import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CallJournal } from "../../../../src/shim/relay/journal.ts";
import { encodeFrame } from "../../../../src/ttrpc/frame.ts";

let parent: string;
let dir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "gantry-journal-"));
  dir = join(parent, ".calls");
});
afterEach(() => rmSync(parent, { recursive: true }));

const ANSWER = Buffer.from(encodeFrame({ streamId: 3, type: 2, flags: 0, data: Buffer.from("answer") }));

describe("CallJournal", () => {
  it("gives a later server what was begun, in its order, and not what was answered", () => {
    const journal = new CallJournal(dir);
    journal.begin("1-2.1.9", { method: "Create", id: "c2" });
    journal.begin("1-2.1.7", { method: "Kill", id: "c1", execId: "", signal: 15 });
    journal.begin("1-2.1.3", { method: "Kill", id: "c1", execId: "", signal: 1 });
    journal.finish("1-2.1.3", ANSWER);
    const later = new CallJournal(dir);
    expect(later.load()).toEqual([
      { name: "1-2.1.9", streamId: 9, intent: { method: "Create", id: "c2" } },
      { name: "1-2.1.7", streamId: 7, intent: { method: "Kill", id: "c1", execId: "", signal: 15 } },
    ]);
    expect(later.answerOf("1-2.1.3")).toEqual(ANSWER);
    expect(later.answerOf("1-2.1.9")).toBeUndefined();
    later.begin("1-2.1.11", { method: "Pause", id: "c1" });
    expect(new CallJournal(dir).load().map(({ name }) => name)).toEqual(["1-2.1.9", "1-2.1.7", "1-2.1.11"]);
  });

  it("keeps what became of a call that an earlier server had begun, until it is asked for", () => {
    new CallJournal(dir).begin("1-2.1.1", { method: "Start", id: "c1", execId: "" });
    const journal = new CallJournal(dir);
    journal.load();
    journal.settle("1-2.1.1", ANSWER);
    expect(journal.answerOf("1-2.1.1")).toEqual(ANSWER);
    journal.forget("1-2.1.1");
    expect(journal.answerOf("1-2.1.1")).toBeUndefined();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("keeps no answer of a call that changed nothing, nor one that can be found again", () => {
    new CallJournal(dir).finish("1-2.1.3", ANSWER);
    const journal = new CallJournal(dir);
    journal.begin("1-2.1.1", { method: "Create", id: "c1" });
    journal.finish("1-2.1.1", ANSWER);
    expect(journal.answerOf("1-2.1.1")).toBeUndefined();
    expect(readdirSync(dir)).toEqual(["1-2.1.1"]);
  });

  it("is no directory while nothing has begun", () => {
    const journal = new CallJournal(dir);
    journal.finish("1-2.1.1", ANSWER);
    expect(journal.answerOf("1-2.1.1")).toBeUndefined();
    expect(existsSync(dir)).toBe(false);
  });

  it("forgets a call, or all of a connection, and leaves no file", () => {
    const journal = new CallJournal(dir);
    for (const name of ["1-2.1.1", "1-2.1.3", "1-2.11.1"])
      journal.begin(name, { method: "Create", id: "c1" });
    journal.finish("1-2.1.3", ANSWER);
    journal.forgetConnection("1-2.1");
    expect(readdirSync(dir)).toEqual(["1-2.11.1"]);
    journal.forget("1-2.11.1");
    journal.forget("1-2.11.1");
    journal.begin("1-2.12.1", { method: "Create", id: "c1" });
    journal.close();
    expect(existsSync(dir)).toBe(false);
  });

  it("takes what was cut off for not begun, and an answer without its intent for delivered", () => {
    new CallJournal(dir).begin("1-2.1.1", { method: "Kill", id: "c1", execId: "", signal: 15 });
    writeFileSync(join(dir, "1-2.1.3"), '{"sequence":7,"meth');
    writeFileSync(join(dir, "1-2.1.5.done"), ANSWER);
    writeFileSync(join(dir, ".1-2.1.7.done.1.2"), "half");
    writeFileSync(join(dir, "1-2.1.1.done"), ANSWER.subarray(0, -1));
    const journal = new CallJournal(dir);
    expect(journal.load().map(({ name }) => name)).toEqual(["1-2.1.1"]);
    expect(journal.answerOf("1-2.1.1")).toBeUndefined();
    expect(readdirSync(dir).sort()).toEqual(["1-2.1.1", "1-2.1.1.done"]);
  });
});
