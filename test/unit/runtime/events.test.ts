import { describe, expect, it } from "vitest";

import type { CgroupStats, MemoryEntry } from "../../../src/cgroups/types.ts";
import { statsDocument } from "../../../src/runtime/events.ts";
import { stringifyJson } from "../../../src/spec/json.ts";

const ZERO: MemoryEntry = { limit: 0n, usage: 0n, max: 0n, failCount: 0n };

const STATS: CgroupStats = {
  mode: "v2",
  cpu: {
    totalNs: 18446744073709551615n,
    userNs: 5n,
    kernelNs: 0n,
    perCpuNs: [],
    perCpuUserNs: [],
    perCpuKernelNs: [],
    periods: 0n,
    throttledPeriods: 3n,
    throttledNs: 0n,
    bursts: 0n,
    burstNs: 0n,
    pressure: {
      some: { avg10: 1.5, avg60: 0, avg300: 0, totalUs: 7n },
      full: { avg10: 0, avg60: 0, avg300: 0, totalUs: 0n },
    },
  },
  memory: {
    usage: { limit: 18446744073709551615n, usage: 4096n, max: 8192n, failCount: 2n },
    swap: ZERO,
    swapOnly: ZERO,
    kernel: ZERO,
    kernelTcp: ZERO,
    cacheBytes: 0n,
    stat: { anon: 1n },
    events: {},
    oom: { killDisabled: 0n, underOom: 0n, killCount: 0n },
  },
  pids: { current: 2n, limit: 0n },
  blkio: {
    ioServiceBytes: [{ major: 8n, minor: 0n, op: "Read", value: 512n }],
    ioServiced: [],
    ioQueued: [],
    ioServiceTime: [],
    ioWaitTime: [],
    ioMerged: [],
    ioTime: [],
    sectors: [],
    io: [],
  },
  hugetlb: [{ pageSize: "2MB", usage: 0n, max: 0n, limit: 0n, failCount: 0n }],
  rdma: { current: [], limit: [] },
};

describe("statsDocument()", () => {
  it("has runc's names, leaves out what is zero where runc does, and keeps every digit", () => {
    expect(
      JSON.parse(stringifyJson(statsDocument(STATS), 0).replaceAll("18446744073709551615", '"2^64-1"')),
    ).toEqual({
      cpu: {
        usage: { total: "2^64-1", kernel: 0, user: 5 },
        throttling: { throttledPeriods: 3 },
        psi: {
          some: { avg10: 1.5, avg60: 0, avg300: 0, total: 7 },
          full: { avg10: 0, avg60: 0, avg300: 0, total: 0 },
        },
      },
      cpuset: {},
      memory: {
        usage: { limit: "2^64-1", usage: 4096, max: 8192, failcnt: 2 },
        swap: { limit: 0, failcnt: 0 },
        kernel: { limit: 0, failcnt: 0 },
        kernelTCP: { limit: 0, failcnt: 0 },
        raw: { anon: 1 },
      },
      pids: { current: 2 },
      blkio: { ioServiceBytesRecursive: [{ major: 8, op: "Read", value: 512 }] },
      hugetlb: { "2MB": { failcnt: 0 } },
      intel_rdt: {},
      network_interfaces: null,
    });
  });
});
