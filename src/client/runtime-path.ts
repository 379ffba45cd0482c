import { accessSync, constants, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClientError } from "./errors.ts";

const NAME = "gantry-runtime";

/**
 * Find the runtime: the path that was asked for (and then no other), else beside our own executable, else /usr/local/bin.
 *
 * @param wanted `GANTRY_RUNTIME_PATH`, or the `BinaryName` option when it is a path; empty or absent: not asked for
 * @param executable absolute path of our own executable
 * @throws {ClientError} code "runtime-missing", naming every place
 */
export function findRuntime(wanted: string | undefined, executable: string): string {
  if (wanted) {
    if (isExecutable(wanted)) return wanted;
    throw new ClientError(
      "runtime-missing",
      `GANTRY_RUNTIME_PATH or BinaryName asks for ${wanted}, which cannot be executed`,
    );
  }
  const places = [join(dirname(executable), NAME), join("/usr/local/bin", NAME)];
  const found = places.find(isExecutable);
  if (found !== undefined) return found;
  throw new ClientError(
    "runtime-missing",
    `there is no ${NAME}: neither ${places.join(" nor ")}; set GANTRY_RUNTIME_PATH`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path.startsWith("/") && statSync(path).isFile();
  } catch {
    return false; // whatever the errno: it cannot be run
  }
}
