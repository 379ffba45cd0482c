import { join } from "node:path";
import { readTextIfExists, writeFileAtomic } from "../../host/files.ts";

/** How often servers of a node have begun and how often one did not end by itself, since the machine was started. */
export interface ServerCounts {
  readonly starts: number;
  readonly deaths: number;
}

/** Count a start. @param hasDied whether the server before was killed or crashed @returns with this start */
export function countStart(nodeDir: string, hasDied: boolean): ServerCounts {
  const file = join(nodeDir, "counts.json");
  const before = parseCounts(readTextIfExists(file) ?? "");
  const counts = { starts: before.starts + 1, deaths: before.deaths + (hasDied ? 1 : 0) };
  writeFileAtomic(file, `${JSON.stringify(counts)}\n`, 0o600);
  return counts;
}

function parseCounts(text: string): ServerCounts {
  const match = /"starts":(\d+),"deaths":(\d+)/.exec(text);
  return { starts: Number(match?.[1] ?? 0), deaths: Number(match?.[2] ?? 0) };
}
