import { errnoText } from "./errno.ts";
import { ExecutorError, type FailedStep } from "./errors.ts";

/** A line gantry-init writes while it carries out a plan: docs/plan-format.md, "Report". */
export type ReportLine =
  | { readonly kind: "pid"; readonly pid: number; readonly startTime: bigint }
  | { readonly kind: "ready" }
  | {
      readonly kind: "warning";
      readonly step: string;
      readonly errno: number;
      readonly path: string;
      readonly detail: string;
    }
  | { readonly kind: "error"; readonly failed: FailedStep };

/** What a whole report says. */
export interface Report {
  readonly pid: number | undefined;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime: bigint | undefined;
  readonly isReady: boolean;
  /** One sentence each. */
  readonly warnings: readonly string[];
  readonly failed: FailedStep | undefined;
}

/**
 * Read everything gantry-init has reported so far. A last line without its newline is not complete yet and skipped.
 *
 * @throws {ExecutorError} code "bad-report"
 */
export function parseReport(text: string): Report {
  let pid: number | undefined;
  let startTime: bigint | undefined;
  let isReady = false;
  let failed: FailedStep | undefined;
  const warnings: string[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const entry = parseReportLine(line);
    if (entry.kind === "pid") {
      pid = entry.pid;
      startTime = entry.startTime;
    } else if (entry.kind === "ready") isReady = true;
    else if (entry.kind === "warning") warnings.push(describeStep(entry));
    else failed = entry.failed;
  }
  return { pid, startTime, isReady, warnings, failed };
}

/** @throws {ExecutorError} code "bad-report" */
export function parseReportLine(line: string): ReportLine {
  const [kind, ...rest] = line.split("\t").map(unescapeField);
  const at = (index: number): string => rest[index] ?? "";
  if (kind === "pid" && /^\d+$/.test(at(0)) && /^\d+$/.test(at(1))) {
    return { kind, pid: Number(at(0)), startTime: BigInt(at(1)) };
  }
  if (kind === "pid" && /^\d+ \d+$/.test(at(0))) {
    const [pid = "", startTime = ""] = at(0).split(" ");
    return { kind, pid: Number(pid), startTime: BigInt(startTime) };
  }
  if (kind === "ready") return { kind };
  if (kind === "warning" && /^\d+$/.test(at(1))) {
    return { kind, step: at(0), errno: Number(at(1)), path: at(2), detail: at(3) };
  }
  if (kind === "error" && /^-?\d+$/.test(at(0)) && /^\d+$/.test(at(3))) {
    const failed = {
      opIndex: Number(at(0)),
      op: at(1),
      step: at(2),
      errno: Number(at(3)),
      path: at(4),
      detail: at(5),
    };
    return { kind, failed };
  }
  throw new ExecutorError("bad-report", `gantry-init reported an unknown line: ${JSON.stringify(line)}`);
}

function unescapeField(field: string): string {
  return field.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** `open target "/proc": permission denied (detail)`. */
export function describeStep(step: {
  readonly step: string;
  readonly errno: number;
  readonly path: string;
  readonly detail: string;
}): string {
  const path = step.path === "" ? "" : ` ${JSON.stringify(step.path)}`;
  const reason = step.errno === 0 ? step.detail : errnoText(step.errno);
  const detail = step.errno !== 0 && step.detail !== "" ? ` (${step.detail})` : "";
  return `${step.step}${path}${reason === "" ? "" : `: ${reason}`}${detail}`;
}
