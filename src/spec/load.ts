import { readFileSync } from "node:fs";
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
  return validateSpec(readJson(join(bundle, "config.json")));
}

/** Read and check the file of `exec --process`. @throws {SpecError} as `loadSpec` */
export function loadProcess(file: string): ValidProcess {
  return validateProcess(readJson(file));
}

/** Read and check the file of `update --resources`; `/dev/stdin` works. @throws {SpecError} as `loadSpec` */
export function loadResources(file: string): Resources {
  return validateResources(readJson(file));
}

function readJson(file: string): unknown {
  return parseJson(decode(readBytes(file), file), file);
}

function readBytes(file: string): Uint8Array {
  try {
    // Standard input may be a socket, which cannot be opened by name: ENXIO.
    return readFileSync(file === "/dev/stdin" ? 0 : file);
  } catch (error) {
    const errno = errnoOf(error);
    // ENOTDIR: the bundle, or something above it, is a file.
    if (errno === "ENOENT" || errno === "ENOTDIR") {
      throw new SpecError("missing", `${file} does not exist`, [], { cause: error });
    }
    throw new SpecError("unreadable", `Cannot read ${file}: ${messageOf(error)}`, [], { cause: error });
  }
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_FILE_BYTES) {
    throw new SpecError(
      "unreadable",
      `${file} has ${bytes.length} bytes, more than the ${MAX_FILE_BYTES} allowed`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SpecError("bad-json", `Cannot parse ${file}: it is not UTF-8`, [], { cause: error });
  }
}
