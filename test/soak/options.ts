import { parseArgs } from "node:util";
import type { ContainerdVersion } from "../helpers/paths.ts";

/** What the command line asks for. */
export interface Options {
  readonly minutes: number;
  readonly containerd: ContainerdVersion;
  /** Of the kills and of what the containers do. */
  readonly seed: number;
  /** Containers at once. */
  readonly lanes: number;
}

export const USAGE = `npm run soak -- [OPTION …]

  --minutes N          how long (default 2)
  --containerd V       1.6 (default), 1.7 or 2.x
  --seed S             repeat the choices of an earlier run (its timing cannot be repeated)
  --lanes N            containers at once (default 6)
  --no-build           test what lies in dist/bin/ as it is
  --help               this text
`;

/**
 * @param args the command line after the program's name
 * @returns undefined when help is asked for
 * @throws Error that names the wrong option
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "2" },
      containerd: { type: "string", default: "1.6" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      lanes: { type: "string", default: "6" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const { containerd } = values;
  if (containerd !== "1.6" && containerd !== "1.7" && containerd !== "2.x") {
    throw new Error(`--containerd: no version "${containerd}": 1.6, 1.7 or 2.x`);
  }
  return {
    minutes: parsePositive("--minutes", values.minutes),
    containerd,
    seed: parsePositive("--seed", values.seed),
    lanes: Math.ceil(parsePositive("--lanes", values.lanes)),
  };
}

function parsePositive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${option}: "${text}" is no positive number`);
  return number;
}
