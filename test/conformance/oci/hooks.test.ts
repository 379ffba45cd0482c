import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Hook, Hooks, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { itButRunc, OciBench, withMounts, withRaw } from "./oci-bench.ts";

let bench: OciBench;
let script: string;
let journal: string;
beforeEach(() => {
  bench = new OciBench();
  script = join(bench.dir, "hook.sh");
  journal = join(bench.dir, "journal");
  writeFileSync(journal, "");
  // One line for each: its name, the arguments after the name, the network and mount namespaces it is in, its state.
  const line = '"$1|$*|$(readlink /proc/self/ns/uts)|$(readlink /proc/self/ns/mnt)|$(cat | tr -d "\\n")"';
  writeFileSync(script, `#!/bin/sh\necho ${line} >>$JOURNAL\nexit $STATUS\n`);
  chmodSync(script, 0o755);
});
afterEach(() => bench.dispose());

const NAMES = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;
type Name = (typeof NAMES)[number];

/** The script as a hook of this kind, which ends with `status`. */
function hook(name: Name, more: readonly string[] = [], status = 0): Hook {
  const isInside = name === "startContainer";
  return {
    path: isInside ? "/hook.sh" : script,
    args: ["hook.sh", name, ...more],
    env: ["PATH=/bin:/usr/bin", `JOURNAL=${isInside ? "/journal" : journal}`, `STATUS=${status}`],
  };
}

/** Hooks, and what startContainer's need inside. */
function withHooks(hooks: Hooks): (spec: Spec) => Spec {
  const bind = (destination: string, source: string) => ({
    destination,
    type: "bind",
    source,
    options: ["bind"],
  });
  return (spec) => withRaw({ hooks })(withMounts(bind("/hook.sh", script), bind("/journal", journal))(spec));
}

interface Entry {
  readonly name: string;
  readonly args: string;
  readonly uts: string;
  readonly mnt: string;
  readonly state: { id: string; pid?: number; status: string; bundle: string; ociVersion: string };
}

function entries(): Entry[] {
  const lines = readFileSync(journal, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => {
    const [name = "", args = "", uts = "", mnt = "", ...state] = line.split("|");
    return { name, args, uts, mnt, state: JSON.parse(state.join("|")) };
  });
}

const names = () => entries().map(({ name }) => name);

describe("runtime.md#lifecycle", () => {
  itButRunc("MUST call the hooks at their points: three in create, two in start, one in delete", async () => {
    bench.created(withHooks(Object.fromEntries(NAMES.map((name) => [name, [hook(name)]]))));
    expect(names()).toEqual(["prestart", "createRuntime", "createContainer"]);
    bench.ok(["start", "c1"]);
    await waitFor("the hooks of start", () => entries().length === 5);
    expect(names().slice(3).sort()).toEqual(["poststart", "startContainer"]);
    bench.ok(["delete", "--force", "c1"]);
    expect(names().slice(5)).toEqual(["poststop"]);
  });

  it.each(["prestart", "createRuntime", "createContainer"] as const)(
    "a %s hook that fails MUST generate an error and stop the container, whose poststop hooks follow",
    async (name) => {
      const hooks = {
        [name]: [hook(name, [], 1), hook(name, ["not reached"])],
        poststop: [hook("poststop")],
      };
      expect(bench.creating(withHooks(hooks)).code).not.toBe(0);
      expect(names()).toEqual([name, "poststop"]);
      expect(bench.call(["state", "c1"]).code).not.toBe(0);
      await bench.expectNothingLeft();
    },
  );

  it("a startContainer hook that fails MUST stop the container, and its program does not run", async () => {
    const marker = withHooks({ startContainer: [hook("startContainer", [], 1)] });
    bench.created(marker);
    bench.call(["start", "c1"]);
    await bench.until("c1", "stopped");
    expect(names()).toEqual(["startContainer"]);
    bench.ok(["delete", "c1"]);
  });

  it("a poststop hook that fails is logged as a warning, and the others and the delete go on", async () => {
    bench.created(withHooks({ poststop: [hook("poststop", ["first"], 1), hook("poststop", ["second"])] }));
    bench.call(["delete", "--force", "c1"]);
    expect(bench.call(["state", "c1"]).code).not.toBe(0);
    expect(names()[0]).toBe("poststop");
    await bench.expectNothingLeft();
  });

  itButRunc("all poststop hooks are called, whichever of them fail", () => {
    bench.created(withHooks({ poststop: [hook("poststop", ["first"], 1), hook("poststop", ["second"])] }));
    bench.ok(["delete", "--force", "c1"]);
    expect(entries().map(({ args }) => args)).toEqual(["poststop first", "poststop second"]);
  });
});

describe("config.md#posix-platform-hooks", () => {
  it("hooks of one kind MUST be called in the listed order", () => {
    bench.created(withHooks({ createRuntime: ["1", "2", "3"].map((one) => hook("createRuntime", [one])) }));
    expect(entries().map(({ args }) => args)).toEqual([
      "createRuntime 1",
      "createRuntime 2",
      "createRuntime 3",
    ]);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("args are the hook's, the first being its name for itself", () => {
    bench.created(withHooks({ createRuntime: [hook("createRuntime", ["a  b", "$HOME"])] }));
    expect(entries()[0]?.args).toBe("createRuntime a  b $HOME");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("env is all of the environment it has", () => {
    const dump = join(bench.dir, "environ");
    const createRuntime = [
      {
        path: "/bin/sh",
        args: ["sh", "-c", `tr "\\0" "\\n" </proc/self/environ >${dump}`],
        env: ["ONE=1", "PATH=/bin"],
      },
    ];
    bench.created(withHooks({ createRuntime }));
    expect(readFileSync(dump, "utf8").trim().split("\n").sort()).toEqual(["ONE=1", "PATH=/bin"]);
    bench.ok(["delete", "--force", "c1"]);
  });

  itButRunc(
    "the state of the container MUST be on its standard input, with the status of its moment",
    async () => {
      const bundle = bench.created(withHooks(Object.fromEntries(NAMES.map((name) => [name, [hook(name)]]))));
      const { pid } = bench.state("c1");
      bench.ok(["start", "c1"]);
      await waitFor("the hooks of start", () => entries().length === 5);
      bench.ok(["delete", "--force", "c1"]);
      const byName = new Map(entries().map((entry) => [entry.name, entry.state]));
      for (const state of byName.values()) {
        expect(state).toMatchObject({
          id: "c1",
          bundle,
          ociVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
        });
      }
      const status = (name: Name) => byName.get(name)?.status;
      expect(["prestart", "createRuntime", "createContainer"].map((name) => status(name as Name))).toEqual(
        Array(3).fill("creating"),
      );
      expect([status("startContainer"), status("poststart"), status("poststop")]).toEqual([
        "created",
        "running",
        "stopped",
      ]);
      for (const name of ["prestart", "createRuntime", "poststart"]) expect(byName.get(name)?.pid).toBe(pid);
    },
  );

  it.each(["path is relative", "path does not exist"])("%s: MUST generate an error", (what) => {
    const path = what === "path is relative" ? "bin/true" : "/nope";
    expect(bench.creating(withHooks({ createRuntime: [{ path }] })).code).not.toBe(0);
  });

  it("timeout ends the hook, and with it the operation", () => {
    const createRuntime = [{ path: "/bin/sleep", args: ["sleep", "100"], timeout: 1 }];
    expect(bench.creating(withHooks({ createRuntime })).code).not.toBe(0);
  });

  it.each([0, -1])("timeout MUST be greater than zero: %d", (timeout) => {
    expect(bench.creating(withHooks({ createRuntime: [{ path: "/bin/true", timeout }] })).code).not.toBe(0);
  });

  it("prestart, createRuntime, poststart and poststop run in the runtime's namespaces, the others in the container's", async () => {
    bench.created(withHooks(Object.fromEntries(NAMES.map((name) => [name, [hook(name)]]))));
    const { pid } = bench.state("c1");
    const inside = namespacesOf(pid);
    bench.ok(["start", "c1"]);
    await waitFor("the hooks of start", () => entries().length === 5);
    bench.ok(["delete", "--force", "c1"]);
    const outside = namespacesOf("self");
    for (const { name, uts, mnt } of entries()) {
      const expected = name === "createContainer" || name === "startContainer" ? inside : outside;
      expect({ name, uts, mnt }).toEqual({ name, ...expected });
    }
  });

  it("createContainer runs before the root is changed: it sees the host's files, startContainer the container's", () => {
    const createContainer = [
      { path: "/bin/sh", args: ["sh", "-c", `test -e ${bench.dir} && echo host >>${journal}.seen`] },
    ];
    bench.created(withHooks({ createContainer }));
    expect(existsSync(`${journal}.seen`)).toBe(true);
    bench.ok(["delete", "--force", "c1"]);
  });
});

function namespacesOf(pid: number | string): { uts: string; mnt: string } {
  const link = (name: string) => readlinkSync(`/proc/${pid}/ns/${name}`);
  return { uts: link("uts"), mnt: link("mnt") };
}
