/** `npm run bench`: measures the rows that are asked for, prints one table, leaves nothing behind. */
import { writeFileSync } from "node:fs";
import type { RowResult } from "./figure.ts";
import { type HostFacts, readHostFacts } from "./host-facts.ts";
import { measureRows } from "./measure.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { renderTable } from "./table.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (!options) {
    console.log(USAGE);
    return 0;
  }

  const interruption = new AbortController();
  let exitCode = 0;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => {
      exitCode = code;
      console.error(`${signal}: cleaning up`);
      interruption.abort(new Error(`interrupted by ${signal}`));
    });
  }
  const facts = options.isPart ? undefined : readHostFacts(options.containerd);
  const started = performance.now();
  const { rows, hasFailed } = await measureRows(options, interruption.signal);
  report(options, facts, rows, performance.now() - started);
  return exitCode || (hasFailed ? 1 : 0);
}

function report(
  options: Options,
  facts: HostFacts | undefined,
  rows: readonly RowResult[],
  tookMs: number,
): void {
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ facts, options, tookMs, rows }, null, 1)}\n`);
  }
  if (!facts || rows.length === 0) return;
  console.log(`
gantry ${facts.gantry}; runc ${facts.runc}; crun ${facts.crun}; containerd ${facts.containerd}
Linux ${facts.kernel}, cgroups ${facts.cgroups}; ${facts.cpus}, ${facts.memoryMib} MiB; load ${facts.load.toFixed(2)} before the run; took ${Math.round(tookMs / 1000)} s
Medians with quartiles, of n samples. Ratios are medians of the ratios within a round, with the least and the greatest.

${renderTable(rows)}`);
}
