import { ByteWriter } from "../core/byte-writer.ts";

/** What criu is asked to do: enum criu_req_type of criu's images/rpc.proto. */
export type CriuRequestType = "dump" | "restore" | "pre-dump";

const REQUEST_TYPES = { dump: 1, restore: 2, "pre-dump": 4 } as const satisfies Record<
  CriuRequestType,
  number
>;

/** enum criu_cg_mode; `default` is criu's own choice. */
export const CRIU_CGROUP_MODES = { ignore: 0, soft: 3, full: 4, strict: 5, default: 6 } as const;

/** enum criu_network_lock_method. */
export const CRIU_NETWORK_LOCKS = { iptables: 1, nftables: 2, skip: 3 } as const;

/** A mount that comes from outside: its place when dumped, or what was said of it then; and what it is called, or its source. */
export interface CriuMountMap {
  readonly key: string;
  readonly val: string;
}

/**
 * message criu_opts, as far as we use it. Descriptors are numbers in the table of the process that criu answers; an absent
 * field is left to criu.
 */
export interface CriuOptions {
  readonly imagesDirFd: number;
  readonly pid?: number;
  readonly leaveRunning?: boolean;
  readonly extUnixSk?: boolean;
  readonly tcpEstablished?: boolean;
  readonly evasiveDevices?: boolean;
  readonly shellJob?: boolean;
  readonly fileLocks?: boolean;
  /** 1 errors … 4 debug. */
  readonly logLevel?: number;
  readonly logFile?: string;
  readonly pageServer?: { readonly address: string; readonly port: number };
  readonly notifyScripts?: boolean;
  readonly root?: string;
  /** Relative to the images directory. */
  readonly parentImages?: string;
  readonly trackMemory?: boolean;
  readonly autoDedup?: boolean;
  readonly workDirFd?: number;
  readonly linkRemap?: boolean;
  readonly externalMounts?: readonly CriuMountMap[];
  readonly manageCgroups?: boolean;
  readonly cgroupRoots?: readonly { readonly controller: string; readonly path: string }[];
  readonly restoreSibling?: boolean;
  readonly inheritFds?: readonly { readonly key: string; readonly fd: number }[];
  readonly manageCgroupsMode?: number;
  readonly external?: readonly string[];
  /** CLONE_NEW*: dumped and restored as an empty one. */
  readonly emptyNamespaces?: number;
  readonly joinNamespaces?: readonly { readonly name: string; readonly file: string }[];
  readonly freezeCgroup?: string;
  readonly tcpSkipInFlight?: boolean;
  readonly lazyPages?: boolean;
  readonly statusFd?: number;
  readonly orphanPtsMaster?: boolean;
  readonly configFile?: string;
  readonly lsmProfile?: string;
  readonly lsmMountContext?: string;
  readonly networkLock?: number;
}

/** A value of a message: its field number, and what stands there; `undefined` and an empty list stand nowhere. */
type Field = readonly [number: number, value: Value | readonly (string | readonly Field[])[] | undefined];
type Value = number | boolean | string;

/**
 * One criu_req in protobuf's wire form: criu reads it in a single packet.
 *
 * @see https://criu.org/RPC and images/rpc.proto in criu's sources, whose field numbers these are
 */
export function encodeCriuRequest(type: CriuRequestType, options: CriuOptions): Uint8Array {
  return encodeMessage([
    [1, REQUEST_TYPES[type]],
    [2, [criuOpts(options)]],
  ]);
}

function criuOpts(o: CriuOptions): readonly Field[] {
  return [
    [1, o.imagesDirFd],
    [2, o.pid],
    [3, o.leaveRunning],
    [4, o.extUnixSk],
    [5, o.tcpEstablished],
    [6, o.evasiveDevices],
    [7, o.shellJob],
    [8, o.fileLocks],
    [9, o.logLevel],
    [10, o.logFile],
    [11, o.pageServer && [[[1, o.pageServer.address] as const, [2, o.pageServer.port] as const]]],
    [12, o.notifyScripts],
    [13, o.root],
    [14, o.parentImages],
    [15, o.trackMemory],
    [16, o.autoDedup],
    [17, o.workDirFd],
    [18, o.linkRemap],
    [23, o.externalMounts?.map(({ key, val }) => pair(key, val))],
    [24, o.manageCgroups],
    [25, o.cgroupRoots?.map(({ controller, path }) => pair(controller, path))],
    [26, o.restoreSibling],
    [27, o.inheritFds?.map(({ key, fd }) => pair(key, fd))],
    [34, o.manageCgroupsMode],
    [37, o.external],
    [38, o.emptyNamespaces],
    [39, o.joinNamespaces?.map(({ name, file }) => pair(name, file))],
    [44, o.freezeCgroup],
    [46, o.tcpSkipInFlight],
    [48, o.lazyPages],
    [49, o.statusFd],
    [50, o.orphanPtsMaster],
    [51, o.configFile],
    [53, o.lsmProfile],
    [63, o.lsmMountContext],
    [64, o.networkLock],
  ];
}

/** criu's small messages have two fields each. */
function pair(first: Value, second: Value): readonly Field[] {
  return [
    [1, first],
    [2, second],
  ];
}

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const UTF8 = new TextEncoder();

function encodeMessage(fields: readonly Field[]): Uint8Array {
  const out = new ByteWriter();
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === "object") {
      for (const item of value) writeBytes(out, number, item);
    } else if (typeof value === "string") writeBytes(out, number, value);
    else {
      varint(out, (number << 3) | WIRE_VARINT);
      varint(out, Number(value));
    }
  }
  return out.finish();
}

function writeBytes(out: ByteWriter, number: number, item: string | readonly Field[]): void {
  const encoded = typeof item === "string" ? UTF8.encode(item) : encodeMessage(item);
  varint(out, (number << 3) | WIRE_BYTES);
  varint(out, encoded.length);
  out.raw(encoded);
}

/** @throws {RangeError} for what is not an unsigned 32-bit number: no field of ours holds anything else */
function varint(out: ByteWriter, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`${value} is not an unsigned 32-bit integer`);
  }
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) out.u8((rest & 0x7f) | 0x80);
  out.u8(rest);
}
