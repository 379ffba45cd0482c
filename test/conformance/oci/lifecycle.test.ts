import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../helpers/wait.ts";
import { changes, running, withProcess } from "../../integration/runtime/harness.ts";
import { inRootfs, OciBench, withLinux, withMounts, withRaw, writable } from "./oci-bench.ts";

let bench: OciBench;
beforeEach(() => {
  bench = new OciBench();
});
afterEach(() => bench.dispose());

const marking = changes(writable, withProcess({ args: ["sh", "-c", "echo ran >/marker; sleep 100"] }));

/** Statuses of a container, one for each test of what is refused in it. */
async function bring(to: "created" | "running" | "paused" | "stopped"): Promise<string> {
  const bundle = bench.created(marking);
  if (to === "created") return bundle;
  bench.ok(["start", "c1"]);
  await waitFor("the program", () => existsSync(inRootfs(bundle, "marker")));
  if (to === "paused") bench.ok(["pause", "c1"]);
  if (to === "stopped") {
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
  }
  return bundle;
}

describe("runtime.md#create", () => {
  it("an id and a bundle are asked for: without an id it MUST generate an error", () => {
    expect(bench.call(["create", "-b", bench.bundle("c1")]).code).not.toBe(0);
    expect(bench.call(["create", "-b", join(bench.dir, "nope"), "c1"]).code).not.toBe(0);
  });

  it("an id in use MUST generate an error, and a new container MUST NOT be created", () => {
    bench.created();
    const before = bench.state("c1");
    const other = bench.bundle("other", running("sleep 100"));
    expect(bench.call(["create", "-b", other, "c1"]).code).not.toBe(0);
    expect(bench.state("c1")).toEqual(before);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("one bundle may be used by two containers at a time", () => {
    const bundle = bench.bundle(
      "both",
      changes(running("sleep 100"), withLinux({ cgroupsPath: `/${bench.namespace}/first` })),
    );
    bench.ok(["create", "-b", bundle, "c1"]);
    const file = join(bundle, "config.json");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(`/${bench.namespace}/first`, `/${bench.namespace}/second`),
    );
    bench.ok(["create", "-b", bundle, "c2"]);
    expect(bench.state("c1").pid).not.toBe(bench.state("c2").pid);
    bench.ok(["delete", "--force", "c1"]);
    expect(bench.state("c2").status).toBe("created");
    bench.ok(["delete", "--force", "c2"]);
  });

  it("everything but process MUST be applied, and the program MUST NOT run before start", () => {
    const bundle = bench.created(marking, withRaw({ hostname: "applied" }), withMounts(proof));
    const { pid } = bench.state("c1");
    expect(readFileSync(`/proc/${pid}/mountinfo`, "utf8")).toContain(" /proof ");
    expect(bench.ok(["exec", "c1", "hostname"])).toBe("applied\n");
    expect(existsSync(inRootfs(bundle, "marker"))).toBe(false);
    bench.ok(["start", "c1"]);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("a property that cannot be applied MUST generate an error, and a new container MUST NOT be created", async () => {
    const bad = withMounts({ destination: "/proof", type: "nope", source: "nope" });
    expect(bench.creating(bad).code).not.toBe(0);
    expect(bench.call(["state", "c1"]).code).not.toBe(0);
    await bench.expectNothingLeft();
    // The id is free.
    expect(bench.creating().code).toBe(0);
  });

  it("changes to config.json after it MUST NOT have an effect on the container", async () => {
    const bundle = bench.created(writable, withProcess({ args: ["sh", "-c", "hostname >/marker"] }));
    const file = join(bundle, "config.json");
    const later = readFileSync(file, "utf8")
      .replace("hostname >/marker", "echo changed >/marker")
      .replaceAll(bench.namespace, "changed");
    writeFileSync(file, later);
    bench.ok(["start", "c1"]);
    await bench.until("c1", "stopped");
    expect(readFileSync(inRootfs(bundle, "marker"), "utf8")).not.toContain("changed");
    bench.ok(["delete", "c1"]);
  });
});

const proof = { destination: "/proof", type: "tmpfs", source: "tmpfs" };

describe("runtime.md#start", () => {
  it("without an id, or with that of no container, MUST generate an error", () => {
    expect(bench.call(["start"]).code).not.toBe(0);
    expect(bench.call(["start", "c1"]).code).not.toBe(0);
  });

  it.each(["running", "stopped", "paused"] as const)(
    "of a %s container MUST generate an error and have no effect on it",
    async (status) => {
      await bring(status);
      const before = bench.state("c1");
      expect(bench.call(["start", "c1"]).code).not.toBe(0);
      expect(bench.state("c1")).toEqual(before);
      bench.ok(["delete", "--force", "c1"]);
    },
  );

  it("MUST run the program that process specifies, with its arguments untouched", async () => {
    const bundle = bench.created(writable, withProcess({ args: ["/bin/touch", "/a  b", "/$HOME", "/*"] }));
    bench.ok(["start", "c1"]);
    await bench.until("c1", "stopped");
    for (const name of ["a  b", "$HOME", "*"]) expect(existsSync(inRootfs(bundle, name))).toBe(true);
    bench.ok(["delete", "c1"]);
  });
});

describe("runtime.md#kill", () => {
  it("without an id, or with that of no container, MUST generate an error", () => {
    expect(bench.call(["kill"]).code).not.toBe(0);
    expect(bench.call(["kill", "c1", "KILL"]).code).not.toBe(0);
  });

  it("of a container that is neither created nor running MUST generate an error and have no effect on it", async () => {
    await bring("stopped");
    const before = bench.state("c1");
    expect(bench.call(["kill", "c1", "KILL"]).code).not.toBe(0);
    expect(bench.state("c1")).toEqual(before);
    bench.ok(["delete", "c1"]);
  });

  it("MUST send the signal it is given to the process, by name and by number", async () => {
    const traps = 'trap "echo usr1 >>/got" USR1; trap "echo hup >>/got" HUP; echo >/marker;';
    const bundle = bench.created(
      writable,
      withProcess({ args: ["sh", "-c", `${traps} while :; do sleep 0.02; done`] }),
    );
    bench.ok(["start", "c1"]);
    await waitFor("the traps", () => existsSync(inRootfs(bundle, "marker")));
    const got = () =>
      existsSync(inRootfs(bundle, "got")) ? readFileSync(inRootfs(bundle, "got"), "utf8") : "";
    bench.ok(["kill", "c1", "SIGUSR1"]);
    await waitFor("USR1", () => got() === "usr1\n");
    bench.ok(["kill", "c1", "1"]);
    await waitFor("HUP", () => got() === "usr1\nhup\n");
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("of a created container MUST reach it", async () => {
    await bring("created");
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });
});

describe("runtime.md#delete", () => {
  it("without an id, or with that of no container, MUST generate an error", () => {
    expect(bench.call(["delete"]).code).not.toBe(0);
    expect(bench.call(["delete", "c1"]).code).not.toBe(0);
  });

  it.each(["running", "paused"] as const)(
    "of a container that is not stopped MUST generate an error and have no effect on it: %s",
    async (status) => {
      await bring(status);
      const before = bench.state("c1");
      expect(bench.call(["delete", "c1"]).code).not.toBe(0);
      expect(bench.state("c1")).toEqual(before);
      bench.ok(["delete", "--force", "c1"]);
    },
  );

  it("MUST delete what create has made, and afterwards the id MAY be used again", async () => {
    const bundle = await bring("stopped");
    bench.ok(["delete", "c1"]);
    await bench.expectNothingLeft();
    expect(bench.call(["state", "c1"]).code).not.toBe(0);
    bench.ok(["create", "-b", bundle, "c1"]);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("MUST NOT delete what create has not made", async () => {
    const kept = join(bench.dir, "kept");
    mkdirSync(kept);
    writeFileSync(join(kept, "file"), "kept");
    const bind = { destination: "/mnt", type: "bind", source: kept, options: ["rbind"] };
    const bundle = bench.created(withMounts(bind));
    const path = `/proc/${bench.state("c1").pid}/ns/ipc`;
    const second = bench.bundle(
      "c2",
      changes(
        running("sleep 100"),
        withLinux({ namespaces: [{ type: "pid" }, { type: "mount" }, { type: "ipc", path }] }),
        withRaw({ hostname: undefined }),
      ),
    );
    bench.ok(["create", "-b", second, "c2"]);
    bench.ok(["delete", "--force", "c2"]);
    expect(bench.state("c1").status).toBe("created");
    bench.ok(["delete", "--force", "c1"]);
    expect(readFileSync(join(kept, "file"), "utf8")).toBe("kept");
    expect(existsSync(inRootfs(bundle, "bin/busybox"))).toBe(true);
  });
});

describe("runtime.md#errors", () => {
  it("an operation that generates one MUST leave the environment as if it had never been attempted", async () => {
    const bundle = bench.created();
    const before = bench.state("c1");
    const calls = [
      ["create", "-b", bundle, "c1"],
      ["start", "nope"],
      ["kill", "nope"],
      ["kill", "c1", "NOPE"],
    ];
    for (const args of calls) expect(bench.call(args).code, args.join(" ")).not.toBe(0);
    expect(bench.state("c1")).toEqual(before);
    bench.ok(["delete", "--force", "c1"]);
    await bench.expectNothingLeft();
  });

  it("a bundle may be named relative to where the runtime is called", () => {
    const bundle = bench.bundle("c1", running("echo ran"));
    expect(bench.ok(["run", "-b", relative(bench.dir, bundle), "c1"])).toBe("ran\n");
  });
});
