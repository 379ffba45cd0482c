/**
 * One contender of the stress test in lock.test.ts, run as a process of its own:
 * `lock-worker STATE_DIR LOG ROUNDS`. In the lock it makes the directory `<STATE_DIR>/inside`, which fails when another
 * process is in there too, and writes a line to LOG with each round. A holder may be killed with the directory made, so it
 * names its process in it; the next holder accepts a dead one's.
 *
 * It is slow to take a ticket after it has looked at the others: the gap in which another's list goes out of date, which
 * would otherwise be a few microseconds wide. (Bun does not let a built-in be replaced; there the gap stays small.)
 */
import fs, { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { isSameProcess, readProcessStat } from "../../../src/host/proc.ts";
import { withLock } from "../../../src/state/lock.ts";

const symlink = fs.symlinkSync;
fs.symlinkSync = (target, path) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * 3);
  symlink(target, path);
};
syncBuiltinESMExports();

const [stateDir = "", log = "", rounds = "1"] = process.argv.slice(2);
const inside = join(stateDir, "inside");
const own = `${process.pid}-${readProcessStat(process.pid)?.startTime}`;

for (let round = 0; round < Number(rounds); round++) {
  await withLock(stateDir, {}, async () => {
    clearDeadIntruder();
    mkdirSync(inside);
    writeFileSync(join(inside, own), "");
    await new Promise((resolve) => setImmediate(resolve));
    if (readdirSync(inside).join() !== own) fail(`shared with ${readdirSync(inside)}`);
    appendFileSync(log, `${own} ${round}\n`);
    rmSync(inside, { recursive: true });
  });
}

function clearDeadIntruder(): void {
  let names: string[];
  try {
    names = readdirSync(inside);
  } catch {
    return; // the usual case: nobody was killed in there
  }
  for (const name of names) {
    const [pid, startTime] = name.split("-").map(Number);
    if (isSameProcess(pid ?? 0, startTime ?? 0)) fail(`met ${name} alive`);
  }
  rmSync(inside, { recursive: true });
}

function fail(what: string): never {
  appendFileSync(log, `VIOLATION ${own} ${what}\n`);
  process.exit(3);
}
