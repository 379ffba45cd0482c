import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/**
 * Unpack Debian packages below .cache/ with scripts/debian-suite.sh.
 *
 * @returns the directory with their merged files, or why they cannot be had (no Debian, no network)
 */
export function debianRoot(
  suite: string,
  packages: readonly string[],
  options: { readonly alone?: boolean } = {},
): { readonly root: string } | { readonly missing: string } {
  const script = join(repository, "scripts/debian-suite.sh");
  const args = [script, ...(options.alone === true ? ["--alone"] : []), suite, ...packages];
  try {
    const out = execFileSync("bash", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 240_000,
    });
    return { root: join(dirname(out.trim().split("\n").at(-1) ?? ""), "root") };
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? `${error.stderr}`.trim() : String(error);
    return { missing: `Debian ${suite} is not to be had: ${stderr.split("\n").slice(-2).join(" ")}` };
  }
}
