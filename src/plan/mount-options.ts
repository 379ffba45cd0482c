import {
  FLAG_OPTIONS,
  IDMAP_OPTIONS,
  PROPAGATION_OPTIONS,
  RECURSIVE_OPTIONS,
  TMPCOPYUP_OPTION,
} from "../spec/mount-options.ts";

/** Mount options sorted by what the kernel does with them. */
export interface MountOptions {
  /** MS_* to set. */
  readonly flags: bigint;
  /** MS_* that an option cleared by name (`rw`, `exec`): a bind must not inherit them from its source. */
  readonly cleared: bigint;
  /** MS_* propagation types, one mount(2) call each, in order. */
  readonly propagation: readonly bigint[];
  /** MOUNT_ATTR_*, for the whole tree. */
  readonly attrSet: bigint;
  readonly attrClear: bigint;
  readonly isTmpcopyup: boolean;
  /** `ridmap`: an id map is for the whole tree. */
  readonly isIdMapRecursive: boolean;
  /** Everything else: for the file system. */
  readonly data: readonly string[];
}

/** Sort options; of two that contradict each other the later one counts, as for mount(8). */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let [flags, cleared, attrSet, attrClear] = [0n, 0n, 0n, 0n];
  let isTmpcopyup = false;
  let isIdMapRecursive = false;
  const propagation: bigint[] = [];
  const data: string[] = [];
  for (const option of options) {
    const flag = find(FLAG_OPTIONS, option);
    const attribute = find(RECURSIVE_OPTIONS, option);
    const type = find(PROPAGATION_OPTIONS, option);
    if (flag !== undefined) {
      const { set = 0n, clear = 0n } = flag;
      flags = (flags | set) & ~clear;
      cleared = (cleared | clear) & ~set;
    } else if (attribute !== undefined) {
      attrSet = (attrSet & ~attribute.clear) | attribute.set;
      attrClear = (attrClear & ~attribute.set) | attribute.clear;
    } else if (type !== undefined) {
      propagation.push(type);
    } else if (option === TMPCOPYUP_OPTION) {
      isTmpcopyup = true;
    } else if (IDMAP_OPTIONS.includes(option)) {
      isIdMapRecursive = option === "ridmap";
    } else if (option !== "") {
      data.push(option);
    }
  }
  return { flags, cleared, propagation, attrSet, attrClear, isTmpcopyup, isIdMapRecursive, data };
}

function find<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
