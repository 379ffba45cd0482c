import { posix } from "node:path";

/** From here on lower directories are named relative to one another's parent; containerd draws the line there too. */
const LONG_DATA_BYTES = 4096 - 512;

const LOWERDIR = "lowerdir=";

/**
 * Overlay options as mount(2)'s data. An image of many layers has more than the one page the kernel copies, so
 * a long list of lower directories becomes relative to their longest common parent, the `cwd` of the mount.
 *
 * @param options file system options, not yet joined
 * @returns `cwd` "" when the options stay as they are
 */
export function shortenOverlay(options: readonly string[]): { readonly data: string; readonly cwd: string } {
  const data = options.join(",");
  if (Buffer.byteLength(data) < LONG_DATA_BYTES) return { data, cwd: "" };
  const lowers = escapedLowers(options);
  const parent = commonParent(lowers);
  // A backslash escapes for overlay, not for chdir(2); nobody has such a directory there.
  if (parent === undefined || parent === "/" || parent.includes("\\")) return { data, cwd: "" };
  const relative = lowers.map((lower) => lower.slice(parent.length + 1)).join(":");
  const others = options.filter((option) => !option.startsWith(LOWERDIR));
  return { data: [...others, LOWERDIR + relative].join(","), cwd: parent };
}

/** The paths of all lower directories. */
export function lowerDirectories(options: readonly string[]): readonly string[] {
  return escapedLowers(options).map((path) => path.replace(/\\(.)/g, "$1"));
}

function escapedLowers(options: readonly string[]): readonly string[] {
  return options
    .filter((option) => option.startsWith(LOWERDIR))
    .flatMap((option) => splitLowers(option.slice(LOWERDIR.length)));
}

/** Split at the colons that no backslash escapes: kernel Documentation/filesystems/overlayfs.rst. */
function splitLowers(list: string): string[] {
  return list.match(/(?:\\.|[^:\\])+/g) ?? [];
}

/** The deepest directory above all of them; undefined unless all are absolute and clean. */
function commonParent(paths: readonly string[]): string | undefined {
  if (paths.length === 0 || paths.some((path) => !path.startsWith("/") || posix.normalize(path) !== path)) {
    return undefined;
  }
  return paths
    .map((path) => posix.dirname(path))
    .reduce((parent, directory) => {
      let common = parent;
      while (common !== "/" && directory !== common && !directory.startsWith(`${common}/`))
        common = posix.dirname(common);
      return common;
    });
}
