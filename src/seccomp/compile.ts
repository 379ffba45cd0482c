import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostPath } from "../core/brand.ts";
import { hasSeccompFilter } from "../spec/rules-seccomp.ts";
import type { Seccomp } from "../spec/types.ts";
import { SeccompError } from "./errors.ts";
import { encodeProfile, filterFlags, hashProfile } from "./profile.ts";

/** What `compileSeccomp` works with. */
export interface SeccompCompiler {
  /** Compiled programs lie here under their hash; made when needed. */
  readonly cacheDir: HostPath;
  /** Turns a profile in wire form into `sock_filter`s: `gantry-init seccomp`, started by executor/. */
  readonly runCompiler: (profile: Uint8Array) => Promise<Uint8Array>;
  /** The version of that compiler: part of the key. */
  readonly compilerVersion: string;
}

/** A compiled filter; the same shape as plan/ takes. */
export interface CompiledSeccomp {
  readonly flags: number;
  readonly program: Uint8Array;
}

/** A sock_filter: u16 code, u8 jt, u8 jf, u32 k. */
const INSTRUCTION_BYTES = 8;

/**
 * Compile `linux.seccomp`, or take the program that the same profile became before. A cache that cannot be read or
 * written costs time and nothing else.
 *
 * @returns undefined when there is nothing to filter
 * @throws what `runCompiler` throws, and {SeccompError} "bad-program"
 */
export async function compileSeccomp(
  seccomp: Seccomp | undefined,
  compiler: SeccompCompiler,
): Promise<CompiledSeccomp | undefined> {
  if (seccomp === undefined || !hasSeccompFilter(seccomp)) return undefined;
  const profile = encodeProfile(seccomp);
  const file = join(compiler.cacheDir, await hashProfile(profile, compiler.compilerVersion));
  const flags = filterFlags(seccomp);
  const cached = readCached(file);
  if (cached !== undefined) return { flags, program: cached };
  const program = await compiler.runCompiler(profile);
  if (!isProgram(program)) {
    throw new SeccompError(
      "bad-program",
      `the seccomp compiler answered ${program.length} bytes, not a filter`,
    );
  }
  writeCached(compiler.cacheDir, file, program);
  return { flags, program };
}

function isProgram(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.length % INSTRUCTION_BYTES === 0;
}

function readCached(file: string): Uint8Array | undefined {
  try {
    const bytes = readFileSync(file);
    return isProgram(bytes) ? bytes : undefined;
  } catch {
    // Not there, or not readable: it is compiled again.
    return undefined;
  }
}

/** By rename, so that whoever reads at the same time finds a whole program or none. */
function writeCached(directory: string, file: string, program: Uint8Array): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, program, { mode: 0o600, flag: "wx" });
    renameSync(temporary, file);
  } catch {
    // A full or read-only state directory: the next container compiles again.
    removeLeftover(temporary);
  }
}

function removeLeftover(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its directory is not there or not ours, so the file is not there either.
  }
}
