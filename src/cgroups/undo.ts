import { readCgroupFile } from "./files.ts";
import { type CgroupWrite, TOLERATE } from "./types.ts";

/** Files with a line for each device: a write changes one line, and what was not set has this as its value. */
const KEYED: readonly { readonly file: RegExp; readonly unset: string }[] = [
  { file: /\/io\.max$/, unset: "rbps=max wbps=max riops=max wiops=max" },
  { file: /\/io\.(bfq\.)?weight$/, unset: "default" },
  { file: /\/blkio\.throttle\.[a-z_]+_device$/, unset: "0" },
  { file: /\/blkio\.[a-z_.]*weight_device$/, unset: "0" },
  { file: /\/rdma\.max$/, unset: "hca_handle=max hca_object=max" },
];

/** Does the file hold the value already, which it did not take again? */
export function isUndone(undo: CgroupWrite): boolean {
  return compileUndo(undo)?.value === undo.value;
}

/**
 * What puts back a file that is about to be written, from what it holds now. Best effort: a file that cannot be read, or reads
 * blank, has nothing to put back.
 */
export function compileUndo({ path, value }: CgroupWrite): CgroupWrite | undefined {
  const slash = path.lastIndexOf("/");
  const current = readCgroupFile(path.slice(0, slash), path.slice(slash + 1))?.trim();
  const keyed = KEYED.find(({ file }) => file.test(path));
  const tolerate = TOLERATE.missing | TOLERATE.denied | TOLERATE.invalid | TOLERATE.busy;
  if (current === undefined) return undefined;
  const key = value.split(" ")[0] ?? "";
  if (keyed !== undefined && value.includes(" ")) {
    const line = current.split("\n").find((candidate) => candidate.startsWith(`${key} `));
    return { path, value: line ?? `${key} ${keyed.unset}`, tolerate };
  }
  // "default 100" is how weight files show what is written to them as "100".
  const plain = current.split("\n")[0]?.replace(/^default /, "") ?? "";
  return plain === "" ? undefined : { path, value: plain, tolerate };
}
