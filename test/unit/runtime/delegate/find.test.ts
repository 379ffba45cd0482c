import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DelegateSearch, findDelegate } from "../../../../src/runtime/delegate/find.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-find-"));
  for (const name of ["own", "a", "b"]) mkdirSync(join(dir, name));
  writeExecutable("own/gantry-runtime", "ourselves");
  writeExecutable("b/runc", "another");
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function writeExecutable(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

function find(change: Partial<DelegateSearch> = {}) {
  return findDelegate({
    env: { PATH: `relative:${dir}/a:${dir}/b` },
    configured: undefined,
    calledAs: "/usr/bin/runc",
    ourselves: [join(dir, "own/gantry-runtime"), join(dir, "own/absent")],
    ...change,
  });
}

describe("findDelegate()", () => {
  it("takes the variable's, then the configuration's, then PATH's runc (SGS-22)", () => {
    const [one, two, three] = ["one", "two", "three"].map((name) => writeExecutable(name, name));
    const env = { PATH: `${dir}/b`, GANTRY_DELEGATE_PATH: one, SGS_RUNC_PATH: two };
    expect(find({ env, configured: three }).path).toBe(one);
    expect(find({ env: { ...env, GANTRY_DELEGATE_PATH: "" }, configured: three }).path).toBe(two);
    expect(find({ configured: three }).path).toBe(three);
    expect(find().path).toBe(`${dir}/b/runc`);
  });

  it.each(["a link", "a copy"])("skips ourselves under another name, as %s (SGS-22)", (how) => {
    const own = join(dir, "own/gantry-runtime");
    if (how === "a link") symlinkSync(own, join(dir, "a/runc"));
    else copyFileSync(own, join(dir, "a/runc"));
    expect(find().path).toBe(`${dir}/b/runc`);
    expect(() => find({ configured: join(dir, "a/runc") })).toThrow(/that is this runtime itself/);
  });

  it("refuses what cannot be executed, saying who named it", () => {
    writeFileSync(join(dir, "text"), "");
    expect(() => find({ env: { SGS_RUNC_PATH: join(dir, "text") } })).toThrow(
      /SGS_RUNC_PATH\): it is no executable/,
    );
    expect(() => find({ configured: join(dir, "absent") })).toThrow(/delegate\.path\): it is no executable/);
    expect(() => find({ env: { GANTRY_DELEGATE_PATH: "runc" } })).toThrow(/must be an absolute path/);
  });

  it("warns and takes runc where nvidia's runtime is stood in for and is not there (SGS-24)", () => {
    const env = { PATH: `${dir}/b` };
    for (const search of [
      { env, calledAs: "/usr/bin/nvidia-container-runtime" },
      { env: { ...env, SGS_WRAPPER_MODE: "nvidia" } },
    ]) {
      const { path, warnings } = find({ ...search, configured: "/not/asked" });
      expect(path).toBe(`${dir}/b/runc`);
      expect(warnings).toEqual([expect.stringContaining("nvidia-container-runtime.real")]);
    }
    const mode = { ...env, SGS_WRAPPER_MODE: "runc" };
    expect(find({ env: mode, calledAs: "nvidia-container-runtime" }).warnings).toEqual([]);
    expect(() => find({ env: { ...env, SGS_WRAPPER_MODE: "both" } })).toThrow(/SGS_WRAPPER_MODE/);
  });
});
