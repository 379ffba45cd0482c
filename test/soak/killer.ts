import { setTimeout as delay } from "node:timers/promises";
import type { Churn } from "../helpers/churn.ts";
import type { Containerd } from "../helpers/containerd.ts";
import { findServer, findWorkers, isAlive, killNow } from "../helpers/node-server.ts";

/** What was killed, and how often. */
export type Kills = Record<Target, number>;

type Target = (typeof TARGETS)[number][0];

/** With how often each is chosen. */
const TARGETS = [
  ["server", 50],
  ["worker", 30],
  ["server and worker", 8],
  ["server, to end (SIGTERM)", 6],
  ["containerd (SIGKILL)", 3],
  ["containerd and server", 2],
  ["containerd (SIGTERM)", 1],
] as const;
const PAUSE_MS = [300, 2_500] as const;

/** Kill something every now and then until it is said to be over. */
export async function killAtRandom(
  containerd: Containerd,
  churn: Churn,
  random: () => number,
  isOver: () => boolean,
): Promise<Kills> {
  const kills = Object.fromEntries(TARGETS.map(([name]) => [name, 0])) as Kills;
  for (;;) {
    await delay(PAUSE_MS[0] + random() * (PAUSE_MS[1] - PAUSE_MS[0]));
    if (isOver()) return kills;
    const target = choose(random());
    await kill(target, containerd, churn);
    kills[target] += 1;
  }
}

async function kill(target: Target, containerd: Containerd, churn: Churn): Promise<void> {
  const killServer = () => killNow(findServer(containerd));
  const killWorkers = () => findWorkers(containerd).forEach(killNow);
  switch (target) {
    case "server":
      killServer();
      return;
    case "worker":
      killWorkers();
      return;
    case "server and worker":
      killServer();
      killWorkers();
      return;
    case "server, to end (SIGTERM)": {
      const pid = findServer(containerd);
      if (pid !== undefined && isAlive(pid)) process.kill(pid, "SIGTERM");
      return;
    }
    case "containerd (SIGKILL)":
      return churn.restart(() => containerd.restart("SIGKILL"));
    case "containerd (SIGTERM)":
      return churn.restart(() => containerd.restart("SIGTERM"));
    case "containerd and server":
      return churn.restart(async () => {
        killServer();
        await containerd.restart("SIGKILL");
      });
  }
}

function choose(number: number): Target {
  let rest = number * TARGETS.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of TARGETS) {
    rest -= weight;
    if (rest < 0) return name;
  }
  return TARGETS[0][0];
}
