import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileSeccomp, type SeccompCompiler } from "../../../src/seccomp/compile.ts";
import { SeccompError } from "../../../src/seccomp/errors.ts";
import { host } from "../../helpers/plan.ts";

const PROFILE = { defaultAction: "SCMP_ACT_ALLOW" };
const PROGRAM = Uint8Array.of(6, 0, 0, 0, 0, 0, 255, 127);

let directory: string;
let calls: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-seccomp-"));
  calls = 0;
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function compiler(change: Partial<SeccompCompiler> & { readonly answer?: Uint8Array } = {}): SeccompCompiler {
  return {
    cacheDir: host(join(directory, "cache", "seccomp")),
    compilerVersion: "1",
    runCompiler: async () => {
      calls += 1;
      return change.answer ?? PROGRAM;
    },
    ...change,
  };
}

describe("compileSeccomp()", () => {
  it("compiles a profile once and takes it from the cache afterwards", async () => {
    const first = await compileSeccomp(PROFILE, compiler());
    const second = await compileSeccomp(PROFILE, compiler());
    expect(calls).toBe(1);
    expect(first?.flags).toBe(4);
    expect([...(second?.program ?? [])]).toEqual([...PROGRAM]);
  });

  it("compiles again for another compiler", async () => {
    await compileSeccomp(PROFILE, compiler());
    await compileSeccomp(PROFILE, compiler({ compilerVersion: "2" }));
    expect(calls).toBe(2);
  });

  it("leaves one file behind, which only its owner can read", async () => {
    await compileSeccomp(PROFILE, compiler());
    const cache = join(directory, "cache", "seccomp");
    const names = readdirSync(cache);
    expect(names).toHaveLength(1);
    expect(statSync(join(cache, names[0] ?? "")).mode & 0o777).toBe(0o600);
  });

  it("compiles again when the cached file is cut off", async () => {
    await compileSeccomp(PROFILE, compiler());
    const cache = join(directory, "cache", "seccomp");
    writeFileSync(join(cache, readdirSync(cache)[0] ?? ""), "12345");
    expect((await compileSeccomp(PROFILE, compiler()))?.program).toHaveLength(8);
    expect(calls).toBe(2);
  });

  it("works without a cache that can be written", async () => {
    writeFileSync(join(directory, "file"), "");
    const cacheDir = host(join(directory, "file", "cache"));
    expect((await compileSeccomp(PROFILE, compiler({ cacheDir })))?.program).toHaveLength(8);
  });

  it("refuses an answer that is no filter and caches nothing", async () => {
    const broken = compileSeccomp(PROFILE, compiler({ answer: Uint8Array.of(1, 2, 3) }));
    await expect(broken).rejects.toMatchObject({ code: "bad-program" });
    await expect(broken).rejects.toBeInstanceOf(SeccompError);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("has nothing to compile for an absent or empty profile", async () => {
    expect(await compileSeccomp(undefined, compiler())).toBeUndefined();
    expect(await compileSeccomp({}, compiler())).toBeUndefined();
    expect(calls).toBe(0);
  });
});
