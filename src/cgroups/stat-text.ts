import type { BlkioEntry, IoEntry, Pressure, PressureLine, RdmaStats } from "./types.ts";

/** Parse a v1 blkio file: `8:0 Read 123`, or `8:0 123`; the closing "Total" lines are left out. */
export function parseBlkio(text: string): BlkioEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d+):(\d+) (?:([A-Za-z]+) )?(\d+)$/.exec(line);
    if (!match) return [];
    const [, major = "0", minor = "0", op = "", value = "0"] = match;
    return [{ major: BigInt(major), minor: BigInt(minor), op, value: BigInt(value) }];
  });
}

/** Parse v2 `io.stat`: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …`; a device without figures is left out. */
export function parseIoStat(text: string): IoEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d+):(\d+) (.*)$/.exec(line);
    if (!match?.[3]) return [];
    const values = parseAssignments(match[3]);
    const [, major = "0", minor = "0"] = match;
    return [
      {
        major: BigInt(major),
        minor: BigInt(minor),
        rbytes: toCount(values["rbytes"]),
        wbytes: toCount(values["wbytes"]),
        rios: toCount(values["rios"]),
        wios: toCount(values["wios"]),
      },
    ];
  });
}

/** Parse a pressure file: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`. @returns undefined for an empty one */
export function parsePressure(text: string): Pressure | undefined {
  const lines = new Map(
    text.split("\n").map((line) => [line.slice(0, 4), parseAssignments(line.slice(5))] as const),
  );
  if (!lines.has("some")) return undefined;
  return { some: toPressureLine(lines.get("some")), full: toPressureLine(lines.get("full")) };
}

function toPressureLine(values: Readonly<Record<string, string>> | undefined): PressureLine {
  return {
    avg10: Number(values?.["avg10"] ?? 0),
    avg60: Number(values?.["avg60"] ?? 0),
    avg300: Number(values?.["avg300"] ?? 0),
    totalUs: toCount(values?.["total"]),
  };
}

/** What `rdma.max` and `rdma.current` show for "max". */
const RDMA_MAX = 2 ** 32 - 1;

/** Parse `rdma.max` or `rdma.current`: `mlx4_0 hca_handle=2 hca_object=max`. */
export function parseRdma(text: string): RdmaStats[] {
  return text
    .split("\n")
    .filter((line) => line.includes(" "))
    .map((line) => {
      const space = line.indexOf(" ");
      const values = parseAssignments(line.slice(space + 1));
      const toNumber = (value: string | undefined) => (value === "max" ? RDMA_MAX : Number(value ?? 0));
      return {
        device: line.slice(0, space),
        hcaHandles: toNumber(values["hca_handle"]),
        hcaObjects: toNumber(values["hca_object"]),
      };
    });
}

/** Expand a cpuset list: `0-2,5` → 0, 1, 2, 5. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

function parseAssignments(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(" ").flatMap((word) => {
      const equals = word.indexOf("=");
      return equals < 0 ? [] : [[word.slice(0, equals), word.slice(equals + 1)]];
    }),
  );
}

function toCount(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : 0n;
}
