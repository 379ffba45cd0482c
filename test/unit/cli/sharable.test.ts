import { describe, expect, it } from "vitest";

import { COMMANDS } from "../../../src/cli/commands.ts";
import { parseFlags } from "../../../src/cli/flags.ts";
import { assertSharable } from "../../../src/cli/sharable.ts";

function check(line: string): void {
  const [name = "", ...rest] = line.split(" ");
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  assertSharable(name, parseFlags(command.flags, rest, command.stopAtPositional));
}

describe("assertSharable()", () => {
  it.each([
    "create --monitor --bundle /b c1",
    "start c1",
    "state c1",
    "kill c1 9",
    "delete --force c1",
    "exec --monitor --detach --exec-id e1 c1 sh",
    "checkpoint --image-path /i c1",
    "restore --monitor --image-path /i --bundle /b c1",
    "pause c1",
    "resume c1",
    "update --resources - c1",
    "events --stats c1",
    "features",
  ])("lets %s through", (line) => {
    expect(() => check(line)).not.toThrow();
  });

  it.each([
    "create c1",
    "create --monitor=false c1",
    "create --monitor --preserve-fds 1 c1",
    "exec --detach c1 sh",
    "exec --monitor c1 sh",
    "exec --monitor --detach --preserve-fds 0 c1 sh",
    "checkpoint --lazy-pages --status-fd 7 c1",
    "restore --detach c1",
    "events c1",
    "run c1",
    "run --detach --monitor c1",
    "list",
    "ps c1",
    "spec",
    "plan",
  ])("refuses %s", (line) => {
    expect(() => check(line)).toThrowError(expect.objectContaining({ code: "unsupported" }));
  });
});
