import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { HostPath } from "../core/brand.ts";
import { errnoOf, messageOf } from "../core/errors.ts";
import { SpecError } from "./errors.ts";
import { parseJson } from "./json.ts";
import type { Resources, ValidProcess, ValidSpec } from "./types.ts";
import { validateProcess, validateResources, validateSpec } from "./validate.ts";

/** Far above any spec: those of Kubernetes have some 10 KiB, with docker's seccomp profile 30. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Read and check `<bundle>/config.json`.
 *
 * @throws {SpecError} "missing", "unreadable", "bad-json", or what `validateSpec` throws
 */
export function loadSpec(bundle: HostPath): ValidSpec {
  return loadSpecText(bundle).spec;
}

/** The same, and the text of the file. @throws {SpecError} as `loadSpec` */
export function loadSpecText(bundle: HostPath): { readonly spec: ValidSpec; readonly text: string } {
  const file = join(bundle, "config.json");
  const text = decode(readBytes(file, true), file);
  return { spec: validateSpec(parseJson(text, file)), text };
}

/** Read and check the file of `exec --process`. @throws {SpecError} as `loadSpec` */
export function loadProcess(file: string): ValidProcess {
  return validateProcess(readJson(file));
}

/** Read and check the file of `update --resources`. @throws {SpecError} as `loadSpec` */
export function loadResources(file: string): Resources {
  return validateResources(readJson(file));
}

/** Check what `update --resources -` was given. @throws {SpecError} as `loadSpec` */
export function parseResources(bytes: Uint8Array): Resources {
  return validateResources(parseJson(decode(bytes, "/dev/stdin"), "/dev/stdin"));
}

/** Standard input, which may be a socket, so that it cannot be opened by name. @throws {SpecError} "unreadable" */
export function readStandardInput(): Uint8Array {
  return readBounded(0, "/dev/stdin");
}

function readJson(file: string): unknown {
  return parseJson(decode(readBytes(file, false), file), file);
}

/** @param mustBeRegular false: a caller may hand over a pipe, e.g. `/dev/fd/3` */
function readBytes(file: string, mustBeRegular: boolean): Uint8Array {
  try {
    return file === "/dev/stdin" ? readStandardInput() : openAndRead(file, mustBeRegular);
  } catch (error) {
    if (error instanceof SpecError) throw error;
    const errno = errnoOf(error);
    // ENOTDIR: the bundle, or something above it, is a file.
    if (errno === "ENOENT" || errno === "ENOTDIR") {
      throw new SpecError("missing", `${file} does not exist`, [], { cause: error });
    }
    throw new SpecError("unreadable", `Cannot read ${file}: ${messageOf(error)}`, [], { cause: error });
  }
}

function openAndRead(file: string, mustBeRegular: boolean): Uint8Array {
  // A fifo without a writer would hold up the opening of a config.json, and a device might never end.
  const flags = mustBeRegular ? constants.O_NONBLOCK | constants.O_NOCTTY : 0;
  const fd = openSync(file, constants.O_RDONLY | flags);
  try {
    if (mustBeRegular && !fstatSync(fd).isFile()) {
      throw new SpecError("unreadable", `Cannot read ${file}: it is not a regular file`);
    }
    return readBounded(fd, file);
  } finally {
    closeSync(fd);
  }
}

/** To the end of the file, but no further than a spec can reach. */
function readBounded(fd: number, file: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let total = 0; ; ) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    total += length;
    if (total > MAX_FILE_BYTES) {
      throw new SpecError("unreadable", `${file} has more than the ${MAX_FILE_BYTES} bytes allowed`);
    }
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SpecError("bad-json", `Cannot parse ${file}: it is not UTF-8`, [], { cause: error });
  }
}
