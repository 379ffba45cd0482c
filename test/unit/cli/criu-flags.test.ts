import { describe, expect, it } from "vitest";

import { COMMANDS } from "../../../src/cli/commands.ts";
import { checkpointFlags, restoreFlags } from "../../../src/cli/criu-flags.ts";
import { type ParsedFlags, parseFlags } from "../../../src/cli/flags.ts";

function parsed(command: "checkpoint" | "restore", argv: readonly string[]): ParsedFlags {
  const def = COMMANDS.find(({ name }) => name === command);
  return parseFlags(def?.flags ?? [], argv, false);
}

const checkpoint = (...argv: string[]) => checkpointFlags(parsed("checkpoint", argv), 42);
const restore = (...argv: string[]) => restoreFlags(parsed("restore", argv));

describe("checkpointFlags()", () => {
  it("leaves to criu what is not said", () => {
    expect(checkpoint()).toEqual({
      imagesDir: `${process.cwd()}/checkpoint`,
      workDir: undefined,
      tcpEstablished: false,
      extUnixSk: false,
      shellJob: false,
      fileLocks: false,
      autoDedup: false,
      lazyPages: false,
      manageCgroupsMode: "default",
      networkLock: undefined,
      parentImages: undefined,
      leaveRunning: false,
      tcpSkipInFlight: false,
      linkRemap: false,
      isPreDump: false,
      pageServer: undefined,
      statusFile: undefined,
    });
  });

  it("reads runc's flags", () => {
    const flags = checkpoint(
      ...[
        "--image-path",
        "/i",
        "--work-path",
        "/w",
        "--parent-path",
        "../p",
        "--leave-running",
        "--tcp-established",
      ],
      ...[
        "--tcp-skip-in-flight",
        "--link-remap",
        "--ext-unix-sk",
        "--shell-job",
        "--lazy-pages",
        "--file-locks",
      ],
      ...["--status-fd", "7", "--page-server", "[::1]:27000", "--pre-dump", "--manage-cgroups-mode", "soft"],
      ...["--empty-ns", "network", "--auto-dedup", "--network-lock", "skip"],
    );
    expect(flags).toMatchObject({
      imagesDir: "/i",
      workDir: "/w",
      parentImages: "../p",
      isPreDump: true,
      statusFile: "/proc/42/fd/7",
      pageServer: { address: "::1", port: 27000 },
      manageCgroupsMode: "soft",
      networkLock: "skip",
    });
    expect(Object.values(flags).filter((value) => value === true)).toHaveLength(10);
    expect(checkpoint("--status-fd", "-1", "--page-server", "host:1").statusFile).toBeUndefined();
  });

  it.each([
    ["--parent-path", "/abs", "--parent-path must be relative"],
    ["--page-server", "nohost", "Use --page-server ADDRESS:PORT"],
    ["--page-server", "::1:5", "Use --page-server ADDRESS:PORT"],
    ["--page-server", "h:70000", "the port must be from 0 to 65535"],
    ["--status-fd", "x", "not an integer"],
    ["--manage-cgroups-mode", "default", "must be one of ignore, soft, full, strict"],
    ["--network-lock", "none", "must be one of iptables, nftables, skip"],
    ["--empty-ns", "pid", 'namespace "pid" is not supported'],
  ])("refuses %s %s", (flag, value, message) => {
    expect(() => checkpoint(flag, value)).toThrowError(message);
  });
});

describe("restoreFlags()", () => {
  it("reads what another security module may be told", () => {
    expect(restore("--lsm-profile", "apparmor:p", "--lsm-mount-context", "c")).toMatchObject({
      lsmProfile: "apparmor:p",
      lsmMountContext: "c",
    });
  });

  it("refuses what criu cannot do", () => {
    expect(() => restore("--no-pivot")).toThrowError(expect.objectContaining({ code: "unsupported" }));
    expect(() => restore("--lsm-profile", "p")).toThrowError("must be apparmor:PROFILE or selinux:LABEL");
  });
});
