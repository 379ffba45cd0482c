import { parseContainerId } from "../core/ids.ts";
import { updateContainer } from "../runtime/update.ts";
import { loadResources, parseResources } from "../spec/load.ts";
import type { BlockIoResources, CpuResources, MemoryResources, Resources } from "../spec/types.ts";
import { validateResources } from "../spec/validate.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";
import { integerFlag, type ParsedFlags } from "./flags.ts";
import { firstArgument, refuseFlags } from "./values.ts";

const I64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const U64 = { min: 0n, max: 2n ** 64n - 1n };
const WEIGHT = { min: 0n, max: 1000n };

/** `update ID`: with `--resources` the other limits are ignored, as with runc. */
export async function runUpdate(call: CommandCall): Promise<number> {
  const { flags, log } = call;
  refuseFlags(flags, ["l3-cache-schema", "mem-bw-schema"]);
  for (const name of ["kernel-memory", "kernel-memory-tcp"]) {
    if (flags.strings.has(name)) log.log("warn", `--${name} is obsolete and has no effect`);
  }
  const file = flags.strings.get("resources");
  const resources =
    file === undefined || file === "" ? flagResources(flags) : await requestedResources(call, file);
  await updateContainer(call.runtime, parseContainerId(firstArgument(call)), resources);
  return 0;
}

/** @throws {SpecError} */
async function requestedResources(call: CommandCall, file: string): Promise<Resources> {
  const isInput = file === "-" || file === "/dev/stdin";
  return isInput ? parseResources(await call.environment.io.readInput()) : loadResources(file);
}

/** What the single flags ask for. @throws {CliError} code "bad-flag"; {SpecError} */
export function flagResources(flags: ParsedFlags): Resources {
  const memory: MemoryResources = present({
    limit: bytesFlag(flags, "memory"),
    reservation: bytesFlag(flags, "memory-reservation"),
    swap: bytesFlag(flags, "memory-swap"),
  });
  const cpu: CpuResources = present({
    period: integerFlag(flags, "cpu-period", U64),
    quota: integerFlag(flags, "cpu-quota", I64),
    burst: integerFlag(flags, "cpu-burst", U64),
    shares: integerFlag(flags, "cpu-share", U64),
    realtimePeriod: integerFlag(flags, "cpu-rt-period", U64),
    realtimeRuntime: integerFlag(flags, "cpu-rt-runtime", I64),
    idle: integerFlag(flags, "cpu-idle", { min: 0n, max: 1n }),
    cpus: flags.strings.get("cpuset-cpus"),
    mems: flags.strings.get("cpuset-mems"),
  });
  const weight = integerFlag(flags, "blkio-weight", WEIGHT);
  const blockIO: BlockIoResources = present({ weight: weight === undefined ? undefined : Number(weight) });
  const pids = integerFlag(flags, "pids-limit", I64);
  return validateResources({
    ...(isEmpty(memory) ? {} : { memory }),
    ...(isEmpty(cpu) ? {} : { cpu }),
    ...(isEmpty(blockIO) ? {} : { blockIO }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  });
}

const UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1n << 10n,
  m: 1n << 20n,
  g: 1n << 30n,
  t: 1n << 40n,
  p: 1n << 50n,
};

/** `-1`, or a size such as `512m`, in bytes; units are powers of 1024. @throws {CliError} code "bad-flag" */
function bytesFlag(flags: ParsedFlags, name: string): bigint | undefined {
  const text = flags.strings.get(name);
  if (text === undefined) return undefined;
  if (text === "-1") return -1n;
  const match = /^(\d{1,19}) ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? "?"];
  const bytes = match?.[1] === undefined || unit === undefined ? I64.max + 1n : BigInt(match[1]) * unit;
  if (bytes > I64.max)
    throw new CliError("bad-flag", `invalid value ${JSON.stringify(text)} for flag -${name}`);
  return bytes;
}

type Present<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** The fields that have a value. */
function present<Fields extends Readonly<Record<string, unknown>>>(fields: Fields): Present<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<Fields>; // the filter is what the type says
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}
