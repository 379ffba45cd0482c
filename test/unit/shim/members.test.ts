import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addMember, listMembers, removeMember } from "../../../src/shim/members.ts";

let parent: string;
let dir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "gantry-members-"));
  dir = join(parent, "socket.d");
});
afterEach(() => rmSync(parent, { recursive: true }));

it("listMembers() of no list is empty", () => {
  expect(listMembers(dir)).toEqual([]);
});

it("addMember() enters bundles that need not exist, the later of two for one id", () => {
  addMember(dir, { id: "c1", bundle: "/b/old" });
  addMember(dir, { id: "c2", bundle: "/b/c2" });
  addMember(dir, { id: "c1", bundle: "/b/c1" });
  expect(listMembers(dir).sort((a, b) => a.id.localeCompare(b.id))).toEqual([
    { id: "c1", bundle: "/b/c1" },
    { id: "c2", bundle: "/b/c2" },
  ]);
});

it("removeMember() does not mind what is gone, and leaves the pod's own files", () => {
  addMember(dir, { id: "c1", bundle: "/b/c1" });
  addMember(dir, { id: "c2", bundle: "/b/c2" });
  writeFileSync(join(dir, ".pod.json"), "{}");
  removeMember(dir, "c1");
  removeMember(dir, "c1");
  expect(listMembers(dir)).toEqual([{ id: "c2", bundle: "/b/c2" }]);
  removeMember(dir, "c2");
  expect(readdirSync(dir)).toEqual([".pod.json"]);
});
