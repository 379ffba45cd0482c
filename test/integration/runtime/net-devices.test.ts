import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Linux, Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running } from "./harness.ts";

let bench: Bench;
/** Names no other test has, and no more than 15 bytes. */
let names: readonly [string, string];

beforeEach(() => {
  bench = new Bench();
  const letters = bench.namespace.slice(-6).toLowerCase();
  names = [`gt0${letters}`, `gt1${letters}`];
  ip("link", "add", names[0], "type", "veth", "peer", "name", names[1]);
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  for (const name of names) spawnSync("ip", ["link", "del", name], { stdio: "ignore" });
  await bench.dispose();
});

function ip(...args: readonly string[]): string {
  return execFileSync("ip", args, { encoding: "utf8" });
}

interface Device {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly broadcast?: string;
    readonly address?: string;
  }[];
}

/** The devices of a process's network, by name, without its loopback. */
function devicesOf(pid: number): ReadonlyMap<string, Device> {
  const text = execFileSync("nsenter", ["-t", String(pid), "-n", "ip", "-j", "address"], {
    encoding: "utf8",
  });
  const devices = JSON.parse(text) as readonly Device[];
  return new Map(devices.filter(({ ifname }) => ifname !== "lo").map((device) => [device.ifname, device]));
}

const withLinux =
  (change: Partial<Linux>) =>
  (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, ...change } });

function create(change: Partial<Linux>): { code: number | null; stderr: string } {
  const bundle = bench.bundle("c1", changes(running("sleep 1000"), withLinux(change)));
  return bench.call(["create", "-b", bundle, "c1"]);
}

describe("linux.netDevices", () => {
  it("moves devices with their attributes and global addresses, and brings them up", () => {
    const [one, two] = names;
    ip("link", "set", one, "mtu", "1400", "address", "02:00:00:00:00:01", "up");
    ip("address", "add", "192.0.2.1/24", "broadcast", "192.0.2.255", "dev", one);
    ip("address", "add", "198.51.100.1", "peer", "198.51.100.2/32", "dev", one, "label", `${one}:x`);
    ip("address", "add", "169.254.7.7/16", "scope", "link", "dev", one);
    ip("address", "add", "2001:db8::7/64", "nodad", "dev", one);
    ip("address", "add", "2001:db8::8/64", "valid_lft", "1000", "preferred_lft", "1000", "nodad", "dev", one);
    expect(create({ netDevices: { [one]: {}, [two]: { name: "eth%d" } } })).toMatchObject({ code: 0 });
    const devices = devicesOf(bench.state("c1").pid);
    expect([...devices.keys()].sort()).toEqual(["eth0", one]);
    const moved = devices.get(one);
    expect(moved).toMatchObject({ mtu: 1400, address: "02:00:00:00:00:01" });
    expect(moved?.flags).toContain("UP");
    const global = moved?.addr_info.filter(({ local }) => !local.startsWith("fe80:"));
    expect(global?.map(({ local, prefixlen }) => `${local}/${prefixlen}`).sort()).toEqual([
      "192.0.2.1/24",
      "198.51.100.1/32",
      "2001:db8::7/64",
    ]);
    expect(global).toContainEqual(expect.objectContaining({ local: "192.0.2.1", broadcast: "192.0.2.255" }));
    expect(global).toContainEqual(
      expect.objectContaining({ local: "198.51.100.1", address: "198.51.100.2" }),
    );
    expect(devices.get("eth0")?.flags).toContain("UP");
    expect([...devicesOf(process.pid).keys()]).not.toContain(one);
  });

  it("moves them before hooks run, also into a network of a user namespace", () => {
    const [one] = names;
    chmodSync(bench.dir, 0o711); // the container's root is nobody here
    const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const record = `${bench.dir}/devices`;
    const bundle = bench.bundle(
      "c1",
      changes(
        running("sleep 1000"),
        withLinux({
          namespaces: [
            { type: "user" },
            { type: "network" },
            { type: "mount" },
            { type: "pid" },
            { type: "ipc" },
            { type: "uts" },
          ],
          uidMappings: mappings,
          gidMappings: mappings,
          netDevices: { [one]: { name: "inside" } },
        }),
        (spec) => ({
          ...spec,
          hooks: {
            createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", `ip -br link show > ${record}`] }],
          },
        }),
      ),
    );
    bench.ok(["create", "-b", bundle, "c1"]);
    expect([...devicesOf(bench.state("c1").pid).keys()]).toEqual(["inside"]);
    expect(execFileSync("cat", [record], { encoding: "utf8" })).not.toContain(one);
  });

  it("names the device that is not there, and leaves nothing", () => {
    const called = create({ netDevices: { "gt-nope": {} } });
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(/find network device \\?"gt-nope\\?": no such device/);
  });

  it("names the device whose new name is taken", () => {
    const [one, two] = names;
    const called = create({ netDevices: { [one]: { name: "same" }, [two]: { name: "same" } } });
    expect(called.code).toBe(1);
    expect(called.stderr).toContain(`move network device \\"${two}\\": file exists (same)`);
  });
});
