import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../core/errors.ts";
import type { Finding } from "../../core/finding.ts";
import { readTextIfExists } from "../../host/files.ts";
import { ShimError } from "../errors.ts";
import { askServer, listNodeDirs } from "./ask.ts";
import { checkKernel, checkNode, checkStubs } from "./check.ts";
import { isOutdated, readNodeFacts } from "./node-facts.ts";
import { findStubs } from "./processes.ts";
import { formatContainers, formatTable, listContainers } from "./ps.ts";
import type { NodeReport } from "./report-types.ts";

/** Where servers are looked for, and where words go. */
export interface Servers {
  /** `GANTRY_NODE_DIR`; absent: the usual one. */
  readonly base: string | undefined;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** `gantry ps` @returns the exit code */
export async function printContainers(command: Servers, isJson: boolean): Promise<number> {
  const { reports, code } = await askAll(command);
  const rows = reports.flatMap(listContainers);
  command.print(isJson ? toJson(rows) : formatContainers(rows));
  return code;
}

/** `gantry node status` @returns the exit code */
export async function printServers(command: Servers, isJson: boolean): Promise<number> {
  const { reports, code } = await askAll(command);
  const servers = reports.map(({ pods, ...server }) => ({
    ...server,
    pods: pods.length,
    containers: pods.reduce((sum, { containers }) => sum + containers.length, 0),
    isOutdated: isOutdated(server),
  }));
  if (isJson) command.print(toJson(servers));
  else {
    const rows = servers.map((server) => [
      server.address || "?",
      String(server.pid),
      server.isOutdated ? `${server.version} (another is installed)` : server.version,
      `${server.uptimeSeconds} s`,
      `${server.starts} (${server.deaths} killed)`,
      String(server.pods),
      String(server.containers),
      String(server.events.pending),
      server.nodeDir,
    ]);
    const head = [
      "CONTAINERD",
      "SERVER",
      "VERSION",
      "UP",
      "STARTS",
      "PODS",
      "CONTAINERS",
      "EVENTS",
      "DIRECTORY",
    ];
    command.print(formatTable([head, ...rows]));
  }
  return code;
}

/** A look at a machine that goes on working is never of one moment: what is wrong must be so twice. */
const SECOND_LOOK_MS = 1500;

/** `gantry node check` @param findMore looks at how the node is configured @returns the exit code */
export async function checkServers(
  command: Servers,
  isJson: boolean,
  findMore: () => readonly Finding[],
): Promise<number> {
  let findings = await findAll(command);
  if (findings.some(({ level }) => level !== "note")) {
    await sleep(SECOND_LOOK_MS);
    const again = await findAll(command);
    findings = again.filter(
      (one) => one.level === "note" || findings.some((other) => other.message === one.message),
    );
  }
  findings.push(...findMore());
  const isOk = !findings.some(({ level }) => level === "error");
  if (isJson) command.print(toJson({ ok: isOk, findings }));
  else {
    const lines = findings.map(
      ({ level, check: name, message }) => `${level.padEnd(8)} ${name}: ${message}\n`,
    );
    command.print(`${lines.join("")}${isOk ? "ok" : "not ok"}\n`);
  }
  return isOk ? 0 : 1;
}

async function findAll({ base }: Servers): Promise<Finding[]> {
  const nodes = await Promise.all(listNodeDirs(base).map((dir) => readNodeFacts(dir, base)));
  const reports = nodes.flatMap(({ report }) => report ?? []);
  return [
    ...nodes.flatMap(checkNode),
    ...checkStubs(findStubs(base), reports),
    ...checkKernel(
      existsSync("/sys/fs/cgroup/cgroup.controllers"),
      readTextIfExists("/sys/kernel/rcu_expedited"),
    ),
  ];
}

/** `gantry node upgrade` @returns the exit code */
export async function upgradeServers(command: Servers): Promise<number> {
  for (const nodeDir of listNodeDirs(command.base)) {
    const old = await askServer(nodeDir, "upgrade");
    if (old === undefined) continue;
    const startedAt = performance.now();
    const next = await nextServer(nodeDir, old);
    const ms = Math.round(performance.now() - startedAt);
    const was = `${old.address || nodeDir}: ${old.version} (pid ${old.pid})`;
    if (next === undefined) command.print(`${was} has ended; the next pod starts another\n`);
    else command.print(`${was} → ${next.version} (pid ${next.pid}) after ${ms} ms\n`);
  }
  return 0;
}

const NEXT_MS = 15_000;
const POLL_MS = 10;

/** @returns undefined when there is no stub that would start it. @throws {ShimError} when it does not come */
async function nextServer(nodeDir: string, old: NodeReport): Promise<NodeReport | undefined> {
  const isWanted = old.pods.some(({ stubPid }) => stubPid !== 0);
  const deadline = performance.now() + NEXT_MS;
  while (performance.now() < deadline) {
    // The old one still answers while it finishes what is in progress.
    const report = await askServer(nodeDir, "ps").catch(() => undefined);
    if (report !== undefined && report.pid !== old.pid) return report;
    if (report === undefined && !isWanted) return undefined;
    await sleep(POLL_MS);
  }
  throw new ShimError("server-failed", `${nodeDir}: no server after ${NEXT_MS} ms; see ${nodeDir}/stderr`);
}

/** What every server says; one that does not answer is complained of. */
async function askAll(command: Servers): Promise<{ readonly reports: NodeReport[]; readonly code: number }> {
  const reports: NodeReport[] = [];
  let code = 0;
  for (const nodeDir of listNodeDirs(command.base)) {
    try {
      const report = await askServer(nodeDir, "ps");
      if (report !== undefined) reports.push(report);
    } catch (error) {
      command.complain(`gantry: ${messageOf(error)}\n`);
      code = 1;
    }
  }
  return { reports, code };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
