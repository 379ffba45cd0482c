import { dirname, isAbsolute } from "node:path";
import type { ParsedFlags } from "../cli/flags.ts";
import { messageOf } from "../core/errors.ts";
import { checkInstallation } from "../installer/check.ts";
import { DAEMON_KINDS, type DaemonKind, type DaemonWish } from "../installer/daemons.ts";
import { InstallError } from "../installer/errors.ts";
import { HANDLERS, type Handler } from "../installer/handlers.ts";
import { installNode } from "../installer/install.ts";
import { NodeRoot } from "../installer/node-root.ts";
import { uninstallNode } from "../installer/uninstall.ts";
import { checkServers, printContainers, printServers, upgradeServers } from "../shim/ops/node-commands.ts";
import type { Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

/** A command about this node, and where its words go. */
export interface NodeCommand {
  readonly name: string;
  readonly flags: ParsedFlags;
  readonly invocation: Invocation;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** `gantry ps` and `gantry node …`. No server is started for them. @returns the exit code @throws whatever went wrong */
export async function runNodeCommand(command: NodeCommand): Promise<number> {
  const { name, flags, print, complain } = command;
  const isJson = flags.bools.get("json") ?? false;
  const root = new NodeRoot(absolute("root", flags.strings.get("root") ?? "/"));
  const servers = { base: nodeDirs(command, root), print, complain };
  switch (name) {
    case "ps":
      return printContainers(servers, isJson);
    case "node status":
      return printServers(servers, isJson);
    case "node upgrade":
      return upgradeServers(servers);
    case "node check":
      return checkServers(servers, isJson, () => checkInstallation(root, wishOf(flags)));
    case "node install":
      await install(command, root);
      return 0;
    default:
      await uninstall(command, root);
      return 0;
  }
}

/** `GANTRY_NODE_DIR`, or where the node's servers are. */
function nodeDirs({ invocation }: NodeCommand, root: NodeRoot): string | undefined {
  return root.dir === "/" ? invocation.env["GANTRY_NODE_DIR"] : root.path("/run/gantry/.node");
}

async function install(command: NodeCommand, root: NodeRoot): Promise<void> {
  const { flags, invocation } = command;
  await installNode({
    ...sharedOptions(command, root),
    wish: wishOf(flags),
    binDir: absolute("bin-dir", flags.strings.get("bin-dir") ?? "/usr/local/bin"),
    programs: absolute("from", flags.strings.get("from") ?? dirname(invocation.execPath)),
    version: VERSION,
    handlers: handlersOf(flags.strings.get("handlers")),
    upgradeServers: () => replaceServers(command, root),
  });
}

function uninstall(command: NodeCommand, root: NodeRoot): Promise<void> {
  return uninstallNode({
    ...sharedOptions(command, root),
    force: command.flags.bools.get("force") ?? false,
    endServers: () => replaceServers(command, root),
  });
}

function sharedOptions({ flags, invocation, print }: NodeCommand, root: NodeRoot) {
  return {
    root,
    restart: !(flags.bools.get("no-restart") ?? false),
    label: flags.bools.get("label") ?? false,
    env: invocation.env,
    print: (line: string) => print(`${line}\n`),
  };
}

/** What has been installed stays installed when a server does not answer. */
async function replaceServers(command: NodeCommand, root: NodeRoot): Promise<void> {
  const { print, complain } = command;
  try {
    await upgradeServers({ base: nodeDirs(command, root), print, complain });
  } catch (error) {
    complain(`gantry ${command.name}: ${messageOf(error)}\n`);
  }
}

function wishOf({ strings }: ParsedFlags): DaemonWish {
  const kind = strings.get("daemon");
  const config = strings.get("containerd-config");
  const program = strings.get("containerd");
  if (kind !== undefined && !isDaemonKind(kind)) {
    throw new InstallError("bad-arguments", `--daemon "${kind}": must be one of ${DAEMON_KINDS.join(", ")}`);
  }
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(config === undefined ? {} : { config: absolute("containerd-config", config) }),
    ...(program === undefined ? {} : { program: absolute("containerd", program) }),
  };
}

function isDaemonKind(word: string): word is DaemonKind {
  return (DAEMON_KINDS as readonly string[]).includes(word);
}

function handlersOf(list: string | undefined): readonly Handler[] {
  if (list === undefined) return HANDLERS;
  const words = [...new Set(list.split(","))];
  const bad = words.find((word) => !(HANDLERS as readonly string[]).includes(word));
  if (bad !== undefined) {
    throw new InstallError("bad-arguments", `--handlers "${bad}": must be some of ${HANDLERS.join(",")}`);
  }
  return HANDLERS.filter((handler) => words.includes(handler));
}

function absolute(flag: string, path: string): string {
  if (isAbsolute(path)) return path;
  throw new InstallError("bad-arguments", `--${flag} "${path}": must be an absolute path`);
}
