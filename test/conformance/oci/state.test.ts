import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changes, running } from "../../integration/runtime/harness.ts";
import { OciBench, withRaw } from "./oci-bench.ts";

let bench: OciBench;
beforeEach(() => {
  bench = new OciBench();
});
afterEach(() => bench.dispose());

// https://semver.org, as far as versions of this specification go.
const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

describe("runtime.md#query-state", () => {
  it("without an id, or with that of no container, MUST generate an error", () => {
    expect(bench.call(["state"]).code).not.toBe(0);
    expect(bench.call(["state", "c1"])).toMatchObject({ stdout: "" });
    expect(bench.call(["state", "c1"]).code).not.toBe(0);
  });

  it("MUST return the state as JSON", () => {
    bench.created();
    expect(() => JSON.parse(bench.ok(["state", "c1"]))).not.toThrow();
    bench.ok(["delete", "--force", "c1"]);
  });

  it("changes nothing: two in a row return the same", () => {
    bench.created();
    expect(bench.ok(["state", "c1"])).toBe(bench.ok(["state", "c1"]));
    bench.ok(["delete", "--force", "c1"]);
  });
});

describe("runtime.md#state", () => {
  it("ociVersion is a SemVer 2.0.0 version, id and bundle are those of create, bundle absolute", () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    bench.ok(["create", "-b", relative(bench.dir, bundle), "c1"]);
    const state = bench.state("c1");
    expect(state["ociVersion"]).toMatch(SEMVER);
    expect(state).toMatchObject({ id: "c1", bundle });
    bench.ok(["delete", "--force", "c1"]);
  });

  it("status follows the life: created, running, stopped", async () => {
    bench.created();
    expect(bench.state("c1").status).toBe("created");
    bench.ok(["start", "c1"]);
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    expect(bench.state("c1").status).toBe("stopped");
    bench.ok(["delete", "c1"]);
  });

  it("status MAY be one of the runtime's own: a paused container is none of the others", () => {
    bench.created();
    bench.ok(["start", "c1"]);
    bench.ok(["pause", "c1"]);
    expect(bench.state("c1").status).toBe("paused");
    bench.ok(["resume", "c1"]);
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("a program that ends by itself makes the container stopped", async () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("exit 3")), "c1"]);
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("pid is REQUIRED when created or running, in the runtime's pid namespace, and the same in both", () => {
    bench.created();
    const { pid } = bench.state("c1");
    const init = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
    // Its last pid is the one inside: it is init of the namespace.
    expect(init("status")).toMatch(new RegExp(`^NSpid:\\s+${pid}\\s+1$`, "m"));
    bench.ok(["start", "c1"]);
    expect(bench.state("c1").pid).toBe(pid);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("annotations are those of the configuration", () => {
    const annotations = { "com.example.key": "value", empty: "", "with space": 'ünï "code"\n' };
    bench.created(withRaw({ annotations }));
    expect(bench.state("c1")["annotations"]).toEqual(annotations);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("annotations, when there are none, MAY be absent or an empty map", () => {
    bench.created();
    expect(bench.state("c1")["annotations"] ?? {}).toEqual({});
    bench.ok(["delete", "--force", "c1"]);
  });

  it("is the same for two containers but for what is theirs", () => {
    const bundles = ["c1", "c2"].map((name) => bench.bundle(name, changes(running("sleep 100"))));
    for (const [index, bundle] of bundles.entries()) bench.ok(["create", "-b", bundle, `c${index + 1}`]);
    expect(Object.keys(bench.state("c1"))).toEqual(Object.keys(bench.state("c2")));
    expect(bench.state("c2")).toMatchObject({ id: "c2", bundle: bundles[1] });
    for (const id of ["c1", "c2"]) bench.ok(["delete", "--force", id]);
  });
});
