import { parseContainerId, parseExecId } from "../core/ids.ts";
import { type ExecRequest, execInContainer } from "../runtime/exec.ts";
import { launchDetached } from "../runtime/launch.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";
import { firstArgument, pathFlag, preserveFdsFlag, supervisionFlags } from "./values.ts";

/** `exec ID COMMAND …`: attached, the exit code is the process's; 255 is ours. */
export async function runExec(call: CommandCall): Promise<number> {
  const { runtime } = call;
  const request = execRequest(call);
  if (request.supervision.kind === "foreground") {
    const { execAttached } = await import("../runtime/run.ts");
    return execAttached(runtime, request);
  }
  await execInContainer(runtime, request, launchDetached(runtime));
  return 0;
}

function execRequest(call: CommandCall): ExecRequest {
  const { flags } = call;
  const execId = flags.strings.get("exec-id");
  const supervision = supervisionFlags(flags, flags.bools.get("detach") !== true);
  if (supervision.kind === "detached" && execId === undefined) {
    throw new CliError("bad-flag", "exec --monitor needs --exec-id");
  }
  return {
    id: parseContainerId(firstArgument(call)),
    execId: execId === undefined ? undefined : parseExecId(execId),
    process: requestedProcess(call),
    pidFile: pathFlag(flags, "pid-file"),
    consoleSocket: pathFlag(flags, "console-socket"),
    pidfdSocket: pathFlag(flags, "pidfd-socket"),
    preserveFds: preserveFdsFlag(flags),
    isPausedFine: flags.bools.get("ignore-paused") ?? false,
    subCgroups: flags.lists.get("cgroup") ?? [],
    supervision,
  };
}

function requestedProcess(call: CommandCall): ExecRequest["process"] {
  const { flags } = call;
  const file = pathFlag(flags, "process");
  if (file !== undefined) return { kind: "file", path: file };
  const args = flags.positional.slice(1);
  if (args.length === 0) throw new CliError("bad-arguments", "exec args cannot be empty");
  return {
    kind: "flags",
    args,
    cwd: flags.strings.get("cwd"),
    env: flags.lists.get("env") ?? [],
    terminal: flags.bools.get("tty") ?? false,
    user: flags.strings.get("user"),
    additionalGids: flags.lists.get("additional-gids") ?? [],
    processLabel: flags.strings.get("process-label"),
    apparmor: flags.strings.get("apparmor"),
    noNewPrivileges: flags.bools.get("no-new-privs"),
    capabilities: flags.lists.get("cap") ?? [],
  };
}
