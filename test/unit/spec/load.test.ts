import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseHostPath } from "../../../src/core/ids.ts";
import { SpecError } from "../../../src/spec/errors.ts";
import { loadProcess, loadResources, loadSpec } from "../../../src/spec/load.ts";
import { aProcess, aSpec } from "../../helpers/spec.ts";

let bundle: string;

beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), "gantry-spec-"));
});

afterEach(() => {
  rmSync(bundle, { recursive: true });
});

function load(): SpecError | string {
  try {
    return loadSpec(parseHostPath(bundle, "bundle")).ociVersion;
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
}

describe("loadSpec()", () => {
  it("reads config.json of the bundle", () => {
    writeFileSync(join(bundle, "config.json"), JSON.stringify(aSpec({ ociVersion: "1.0.2-dev" })));
    expect(load()).toBe("1.0.2-dev");
  });

  it("names the path of a missing config.json", () => {
    expect(load()).toMatchObject({ code: "missing", message: `${bundle}/config.json does not exist` });
  });

  it("takes a bundle that is a file for a missing config.json", () => {
    rmSync(bundle, { recursive: true });
    writeFileSync(bundle, "");
    expect(load()).toMatchObject({ code: "missing" });
  });

  it("refuses text that is not UTF-8 instead of changing a path", () => {
    writeFileSync(join(bundle, "config.json"), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    expect(load()).toMatchObject({ code: "bad-json" });
  });

  it("refuses what is no regular file without waiting for it", () => {
    execFileSync("mkfifo", [join(bundle, "config.json")]);
    expect(load()).toMatchObject({ code: "unreadable", message: expect.stringContaining("regular file") });
  });

  it("stops reading beyond 16 MiB", () => {
    writeFileSync(join(bundle, "config.json"), "");
    truncateSync(join(bundle, "config.json"), 2 ** 36);
    expect(load()).toMatchObject({ code: "unreadable", message: expect.stringContaining("16777216 bytes") });
  });

  it("refuses JSON that is no object", () => {
    writeFileSync(join(bundle, "config.json"), "null");
    expect(load()).toMatchObject({ code: "invalid" });
  });
});

describe("loadProcess() and loadResources()", () => {
  it("read and check a file of the command line", () => {
    const file = join(bundle, "process.json");
    writeFileSync(file, JSON.stringify(aProcess({ args: ["id"] })));
    expect(loadProcess(file).args).toEqual(["id"]);
    writeFileSync(file, '{"memory":{"limit":9223372036854771712}}');
    expect(loadResources(file).memory?.limit).toBe(9223372036854771712n);
    writeFileSync(file, '{"memory":{"limit":"1g"}}');
    expect(() => loadResources(file)).toThrow(/resources\.memory\.limit: must be an integer/);
  });
});
