import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSystemd } from "../../../../src/cgroups/systemd/manager.ts";
import { connectDbus, parseAddress } from "../../../../src/host/dbus/connection.ts";
import { FakeBus } from "./fake-bus.ts";

const UNIT = "p-web.scope";
const UID = 1000; // not root: there is no way round the bus
const BOOTED = { readText: () => undefined, exists: () => true };
const CALL = { destination: "a.b", path: "/a", interface: "a.b", member: "Ask", signature: "", body: [] };

let bus: FakeBus;
beforeEach(async () => {
  bus = await FakeBus.listen();
});
afterEach(() => bus.close());

async function withManager<T>(
  use: (systemd: Awaited<ReturnType<typeof openSystemd>>) => Promise<T>,
): Promise<T> {
  const systemd = await openSystemd(bus.address, UID, BOOTED);
  try {
    return await use(systemd);
  } finally {
    systemd.close();
  }
}

describe("openSystemd()", () => {
  it("says who we are and asks for the end of jobs before any is begun", async () => {
    await withManager(async () => {});
    expect(bus.auth).toBe("AUTH EXTERNAL 31303030");
    expect(bus.calls[0]?.member).toBe("Hello");
    expect(bus.calls[1]).toMatchObject({ member: "AddMatch", body: [expect.stringContaining("JobRemoved")] });
  });

  it("refuses a host without systemd before it looks for a bus", async () => {
    const files = { readText: () => undefined, exists: () => false };
    await expect(openSystemd("unix:path=/nowhere", UID, files)).rejects.toThrowError(
      expect.objectContaining({ code: "no-systemd" }),
    );
  });

  it.each([
    ["252.39-1~deb12u2", 252],
    ["v245-1", 245],
  ])("reads version %s", async (text, version) => {
    bus.answers.set("Get", () => ({ signature: "v", body: [{ signature: "s", value: text }] }));
    expect(await withManager((systemd) => systemd.version())).toBe(version);
  });
});

describe("startUnit()", () => {
  it.each([true, false])(
    "waits for its own job to be done (told before the answer: %j)",
    async (isSignalFirst) => {
      bus.job("StartTransientUnit", "done", isSignalFirst);
      await withManager(async (systemd) => {
        bus.signal("JobRemoved", "uoss", [9, "/org/freedesktop/systemd1/job/999", "other.scope", "failed"]);
        await systemd.startUnit(UNIT, [["PIDs", { signature: "au", value: [7] }]]);
      });
      expect(bus.calls.at(-1)).toMatchObject({
        signature: "ssa(sv)a(sa(sv))",
        body: [UNIT, "replace", [["PIDs", { signature: "au", value: [7] }]], []],
      });
    },
  );

  it("reports a job that failed", async () => {
    bus.job("StartTransientUnit", "failed");
    await expect(withManager((systemd) => systemd.startUnit(UNIT, []))).rejects.toThrowError(
      expect.objectContaining({ code: "unit-failed", message: expect.stringContaining('"failed"') }),
    );
  });

  it("forgets a failed unit of that name and tries once more", async () => {
    let tries = 0;
    bus.job("StartTransientUnit", "done");
    const second = bus.answers.get("StartTransientUnit");
    bus.answers.set("StartTransientUnit", (call) =>
      tries++ === 0 ? { error: "org.freedesktop.systemd1.UnitExists" } : second?.(call),
    );
    await withManager((systemd) => systemd.startUnit(UNIT, []));
    expect(bus.members.slice(1)).toEqual(["StartTransientUnit", "ResetFailedUnit", "StartTransientUnit"]);
  });

  it("gives up when the unit is still there", async () => {
    bus.answers.set("StartTransientUnit", () => ({ error: "org.freedesktop.systemd1.UnitExists" }));
    await expect(withManager((systemd) => systemd.startUnit(UNIT, []))).rejects.toThrowError(
      expect.objectContaining({ code: "call-failed", errorName: "org.freedesktop.systemd1.UnitExists" }),
    );
  });
});

describe("stopUnit()", () => {
  it("waits for the end and forgets that it failed", async () => {
    bus.job("StopUnit", "done");
    await withManager((systemd) => systemd.stopUnit(UNIT));
    expect(bus.members.slice(1)).toEqual(["StopUnit", "ResetFailedUnit"]);
  });

  it("sees for itself that the unit is gone, when nobody tells", async () => {
    bus.answers.set("StopUnit", () => ({ signature: "o", body: ["/org/freedesktop/systemd1/job/7"] }));
    let looks = 0;
    bus.answers.set("GetUnit", () =>
      ++looks < 2
        ? { signature: "o", body: ["/org/freedesktop/systemd1/unit/u"] }
        : { error: "org.freedesktop.systemd1.NoSuchUnit" },
    );
    await withManager((systemd) => systemd.stopUnit(UNIT));
    expect(bus.members.slice(1)).toEqual(["StopUnit", "GetUnit", "GetUnit", "ResetFailedUnit"]);
  });

  it("does not mind a unit that is gone", async () => {
    for (const member of ["StopUnit", "ResetFailedUnit"]) {
      bus.answers.set(member, () => ({ error: "org.freedesktop.systemd1.NoSuchUnit" }));
    }
    await withManager((systemd) => systemd.stopUnit(UNIT));
  });
});

describe("setProperties()", () => {
  it("changes them for as long as the unit lives, and asks nothing for nothing", async () => {
    await withManager(async (systemd) => {
      await systemd.setProperties(UNIT, []);
      await systemd.setProperties(UNIT, [["TasksMax", { signature: "t", value: 5n }]]);
    });
    expect(bus.members.slice(1)).toEqual(["SetUnitProperties"]);
    expect(bus.calls.at(-1)?.body).toEqual([UNIT, true, [["TasksMax", { signature: "t", value: 5n }]]]);
  });
});

describe("connectDbus()", () => {
  const address = () => ({ address: bus.address, isBus: true });

  it("is refused by a bus that does not believe us", async () => {
    bus.greeting = "REJECTED EXTERNAL\r\n";
    await expect(connectDbus(address(), UID, 5000)).rejects.toThrowError(
      expect.objectContaining({ code: "refused" }),
    );
  });

  it("cannot reach a bus that is not there", async () => {
    await expect(connectDbus({ address: "unix:path=/nowhere", isBus: true }, UID, 5000)).rejects.toThrowError(
      expect.objectContaining({ code: "unreachable" }),
    );
  });

  it("ends every wait when the time is over", async () => {
    bus.answers.set("Ask", () => undefined);
    const connection = await connectDbus(address(), UID, 200);
    await expect(connection.call(CALL)).rejects.toThrowError(expect.objectContaining({ code: "timeout" }));
    await expect(connection.call(CALL)).rejects.toThrowError(expect.objectContaining({ code: "timeout" }));
  });

  it("ends every wait when the bus goes away", async () => {
    bus.answers.set("Ask", () => {
      bus.hangUp();
      return undefined;
    });
    const connection = await connectDbus(address(), UID, 5000);
    await expect(connection.call(CALL)).rejects.toThrowError(
      expect.objectContaining({ code: "bad-message" }),
    );
  });

  it("keeps answers apart", async () => {
    bus.answers.set("Ask", ({ body }) => ({ signature: "s", body: [`to ${String(body[0])}`] }));
    const connection = await connectDbus(address(), UID, 5000);
    const ask = (text: string) => connection.call({ ...CALL, signature: "s", body: [text] });
    expect(await Promise.all([ask("a"), ask("b")])).toEqual([["to a"], ["to b"]]);
    connection.close();
  });
});

describe("parseAddress()", () => {
  it.each([
    ["unix:path=/run/bus", ["/run/bus"]],
    ["unix:path=/run/a%20b,guid=12", ["/run/a b"]],
    ["unix:guid=1,abstract=/tmp/x", ["\0/tmp/x"]],
    ["tcp:host=x;unix:path=/a;unix:path=/b", ["/a", "/b"]],
  ])("%s", (address, paths) => {
    expect(parseAddress(address)).toEqual(paths);
  });

  it("refuses an address that is no socket of this host", () => {
    expect(() => parseAddress("tcp:host=x,port=1")).toThrowError(
      expect.objectContaining({ code: "unreachable" }),
    );
  });
});

describe("readProperties()", () => {
  it.each([
    [UNIT, "org.freedesktop.systemd1.Scope"],
    ["p.slice", "org.freedesktop.systemd1.Slice"],
  ])("gives those of %s as they can be set again", async (unit, name) => {
    const values: Record<string, { signature: string; value: bigint | number[] }> = {
      MemoryMax: { signature: "t", value: 2n ** 64n - 1n },
      AllowedCPUs: { signature: "ay", value: [3] },
    };
    bus.answers.set("GetUnit", () => ({ signature: "o", body: ["/org/freedesktop/systemd1/unit/u"] }));
    bus.answers.set("Get", ({ body }) => {
      const value = values[String(body[1])];
      return value === undefined ? { error: "x.Unknown" } : { signature: "v", body: [value] };
    });
    const read = await withManager((systemd) => systemd.readProperties(unit, Object.keys(values)));
    expect(read).toEqual(Object.entries(values));
    expect(bus.calls.at(-1)).toMatchObject({
      path: "/org/freedesktop/systemd1/unit/u",
      body: [name, "AllowedCPUs"],
    });
  });
});
