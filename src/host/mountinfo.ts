import { HostError } from "./errors.ts";
import { type HostFiles, hostFiles } from "./files.ts";

/** One line of /proc/PID/mountinfo. See proc(5). */
export interface MountEntry {
  readonly id: number;
  readonly parentId: number;
  /** "major:minor" of the filesystem. */
  readonly device: string;
  /** The directory of the filesystem that is shown at `mountPoint`. */
  readonly root: string;
  readonly mountPoint: string;
  readonly options: readonly string[];
  /** Propagation: "shared:N", "master:N", … */
  readonly tags: readonly string[];
  readonly fstype: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/**
 * Read the mounts of a process.
 * @param filter is asked with a whole line before it is parsed: a busy node has thousands of them
 */
export function readMountinfo(
  pid: number | "self" = "self",
  filter: (line: string) => boolean = () => true,
  files: HostFiles = hostFiles,
): MountEntry[] {
  return parseMountinfo(files.readText(`/proc/${pid}/mountinfo`) ?? "", filter);
}

/** Parse the text of a mountinfo file. @throws {HostError} code "unreadable-proc" */
export function parseMountinfo(text: string, filter: (line: string) => boolean = () => true): MountEntry[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && filter(line))
    .map(parseLine);
}

function parseLine(line: string): MountEntry {
  const fields = line.split(" ");
  const separator = fields.indexOf("-", 6);
  const [id, parentId, device, root, mountPoint, options] = fields;
  const [fstype, source, superOptions] = fields.slice(separator + 1);
  if (separator < 0 || mountPoint === undefined || options === undefined || fstype === undefined) {
    throw new HostError("unreadable-proc", `cannot read mountinfo line: ${JSON.stringify(line)}`);
  }
  return {
    id: Number(id),
    parentId: Number(parentId),
    device: device ?? "",
    root: unescapeField(root ?? ""),
    mountPoint: unescapeField(mountPoint),
    options: options.split(","),
    tags: fields.slice(6, separator),
    fstype,
    source: unescapeField(source ?? ""),
    superOptions: (superOptions ?? "").split(","),
  };
}

/** The kernel writes space, tab, newline, backslash and "#" as three octal digits, byte by byte. */
function unescapeField(field: string): string {
  return field.includes("\\")
    ? field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : field;
}
