import type { Process } from "../spec/types.ts";
import type { StdioTarget, Supervision } from "./input.ts";
import type { Op } from "./op.ts";

/** Stage 0: who watches the process, and where its streams go. */
export function compileSupervision(
  supervision: Supervision,
  process: Process,
  options: { readonly isInit: boolean; readonly oomFile: string; readonly execFifo: string },
): Op[] {
  const ops: Op[] = [
    {
      kind: "monitor",
      mode: supervision.monitor,
      dir: supervision.processDir,
      isInit: options.isInit,
      oomFile: options.oomFile,
    },
    stdio(0, supervision.stdin),
    stdio(1, supervision.stdout),
    stdio(2, supervision.stderr),
  ];
  if (supervision.logger !== undefined) {
    const { path, argv, env, needsByte } = supervision.logger;
    ops.push({ kind: "logger", path, argv, env, needsByte });
  }
  if (process.terminal) {
    const { height = 0, width = 0 } = process.consoleSize ?? {};
    ops.push({ kind: "terminal", rows: height, cols: width, consoleSocket: supervision.consoleSocket ?? "" });
  }
  if (supervision.keepFds > 0) ops.push({ kind: "keep-fds", count: supervision.keepFds });
  if (supervision.pidfdSocket !== undefined)
    ops.push({ kind: "pidfd-socket", path: supervision.pidfdSocket });
  if (options.execFifo !== "") ops.push({ kind: "exec-fifo", path: options.execFifo });
  return ops;
}

function stdio(fd: 0 | 1 | 2, target: StdioTarget): Op {
  return { kind: "stdio", fd, target: target.kind, path: "path" in target ? target.path : "" };
}
