import { COMMANDS as RUNTIME_COMMANDS } from "../cli/commands.ts";
import type { FlagDef } from "../cli/flags.ts";

/** A command of `gantry`. Help, manual page and completions are made from the list of them. */
export interface GantryCommand {
  /** One or two words. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagDef[];
}

const JSON_FLAG: FlagDef = { name: "json", kind: "bool", help: "print JSON" };
const ROOT: FlagDef = {
  name: "root",
  kind: "string",
  value: "DIR",
  help: "where the node's file system is (default: /)",
};
const DAEMON: readonly FlagDef[] = [
  ROOT,
  {
    name: "daemon",
    kind: "string",
    value: "KIND",
    help: "containerd, k3s, rke2, k0s or microk8s (default: what is there)",
  },
  {
    name: "containerd-config",
    kind: "string",
    value: "FILE",
    help: "the node's path of containerd's configuration",
  },
  { name: "containerd", kind: "string", value: "FILE", help: "the node's path of containerd's program" },
];
const CHANGE: readonly FlagDef[] = [
  { name: "no-restart", kind: "bool", help: "do not restart containerd: it must be done by hand" },
  { name: "label", kind: "bool", help: "in a pod: label its node, or take the label away" },
];

const NODE_COMMANDS: readonly GantryCommand[] = [
  { name: "ps", usage: "", summary: "list every pod and container of the node", flags: [JSON_FLAG] },
  {
    name: "node install",
    usage: "",
    summary: "copy the programs to the node and register the handlers with its containerd",
    flags: [
      ...DAEMON,
      {
        name: "bin-dir",
        kind: "string",
        value: "DIR",
        help: "the node's directory for programs (default: /usr/local/bin)",
      },
      {
        name: "from",
        kind: "string",
        value: "DIR",
        help: "where the programs are that are to be installed (default: where gantry is)",
      },
      {
        name: "handlers",
        kind: "string",
        value: "LIST",
        help: "some of gantry,gantry-host,gantry-os-volume (default: all)",
      },
      ...CHANGE,
    ],
  },
  {
    name: "node uninstall",
    usage: "",
    summary: "undo node install, to the byte; refuses while containers run with gantry",
    flags: [ROOT, { name: "force", kind: "bool", help: "also when containers run" }, ...CHANGE],
  },
  {
    name: "node status",
    usage: "",
    summary: "say which servers run, and since when",
    flags: [JSON_FLAG],
  },
  {
    name: "node check",
    usage: "",
    summary: "hold configuration, servers and pods against what must be so; fails when something is wrong",
    flags: [JSON_FLAG, ...DAEMON],
  },
  {
    name: "node upgrade",
    usage: "",
    summary: "have running servers replaced by the program that is installed now; no container notices",
    flags: [],
  },
];

/** Commands of the runtime that are useful to people. `--root DIR` before them names a state root. */
const FORWARDED = ["plan", "transform", "overlay", "list", "state", "features", "spec"];

/** Every command of `gantry`, in the order in which help shows them. */
export const GANTRY_COMMANDS: readonly GantryCommand[] = [
  ...NODE_COMMANDS,
  ...RUNTIME_COMMANDS.filter(({ name }) => FORWARDED.includes(name)),
];

/** Whether gantry-runtime carries a command out. */
export function isForwarded(name: string): boolean {
  return FORWARDED.includes(name);
}
