import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseContainerId } from "../../../src/core/ids.ts";
import { readProcessStat } from "../../../src/host/proc.ts";
import { withLock, withTicket } from "../../../src/state/lock.ts";
import { type ContainerRecord, parseContainerRecord } from "../../../src/state/record.ts";
import { StateStore } from "../../../src/state/store.ts";

let root: string;
let store: StateStore;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "gantry-state-")), "root");
  store = new StateStore(root);
});
afterEach(() => rmSync(join(root, ".."), { recursive: true, force: true }));

const WEB = parseContainerId("web");

function aRecord(changes: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    ociVersion: "1.3.0",
    id: "web",
    pid: 12,
    startTime: 34567,
    bundle: "/b",
    rootfs: "/b/rootfs",
    created: "2026-01-02T03:04:05.000000006Z",
    annotations: { a: "b" },
    owner: "root",
    cgroup: { mode: "hybrid", paths: { "": "/sys/fs/cgroup/unified/x", memory: "/sys/fs/cgroup/memory/x" } },
    resources: { memory: { limit: 9223372036854771712n, swap: -1 } },
    undo: [
      { kind: "unmount", target: "/b/rootfs" },
      { kind: "remove-dir", path: "/made" },
      { kind: "release", lease: "/claim" },
      { kind: "unmount", target: "/b/rootfs", noted: "/run/note" },
    ],
    transforms: [{ name: "root-path", reason: "asked for", changed: ["root.path"], notes: [] }],
    hasPrivatePidNamespace: true,
    noNewKeyring: false,
    namespaces: ["pid", "mount"],
    ...changes,
  };
}

function codeOf(code: string): unknown {
  return expect.objectContaining({ code });
}

describe("StateStore.create()", () => {
  it("reserves an id once, with the modes that keep strangers out and let a mapped root through", () => {
    const { dir } = store.create(WEB);
    expect(dir).toBe(join(root, "web"));
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(statSync(dir).mode & 0o777).toBe(0o711);
    expect(() => store.create(WEB)).toThrowError(
      expect.objectContaining({
        code: "exists",
        kind: "already-exists",
        message: "container with given ID already exists",
      }),
    );
  });
  it("refuses an id that is a namespace's directory, and leaves that alone", () => {
    new StateStore(join(root, "default")).create(WEB);
    expect(() => store.create(parseContainerId("default"))).toThrowError(codeOf("not-a-container"));
    expect(() => store.remove(parseContainerId("default"))).toThrowError(codeOf("not-a-container"));
    expect(existsSync(join(root, "default/web"))).toBe(true);
  });
  it("refuses an id whose directory is empty: it could be a namespace's", () => {
    mkdirSync(join(root, "web"), { recursive: true });
    expect(() => store.create(WEB)).toThrowError(codeOf("not-a-container"));
    expect(readdirSync(root)).toEqual(["web"]);
  });
  it("holds the lock from the moment on at which the directory is there", async () => {
    const { dir, ticket } = store.create(WEB);
    const waiting = withLock(dir, { timeoutMs: 5 }, () => "ran");
    await expect(waiting).rejects.toMatchObject({ code: "lock-timeout" });
    await withTicket(dir, ticket, () => {});
    expect(await withLock(dir, { timeoutMs: 1000 }, () => "ran")).toBe("ran");
  });
  it("refuses a state root that is a container's directory", () => {
    store.create(WEB);
    expect(() => new StateStore(join(root, "web")).create(parseContainerId("x"))).toThrowError(
      codeOf("root-is-container"),
    );
    expect(readdirSync(join(root, "web"))).toEqual(["lock"]);
  });
});

describe("StateStore.read()", () => {
  it("gives back what was written, 64-bit numbers included, from a file only we may read", () => {
    store.create(WEB);
    for (const record of [aRecord({ creator: { pid: 9, startTime: 8 }, pid: 0 }), aRecord()]) {
      store.write(WEB, record);
      expect(store.read(WEB)).toEqual(record);
    }
    const file = join(root, "web/state.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain('"limit":9223372036854771712');
    expect(readdirSync(join(root, "web")).sort()).toEqual(["lock", "state.json"]);
  });
  it("has no container before state.json is there", () => {
    const missing = expect.objectContaining({
      code: "missing",
      kind: "not-found",
      message: "container does not exist",
    });
    expect(() => store.read(WEB)).toThrowError(missing);
    store.create(WEB);
    expect(() => store.read(WEB)).toThrowError(missing);
  });
});

describe("parseContainerRecord()", () => {
  const text = (change: Record<string, unknown>) =>
    JSON.stringify({ ...aRecord({ resources: {} }), ...change });
  it.each([
    ['"pid"', text({ pid: undefined })],
    ['"pid"', text({ pid: -1 })],
    ['"pid"', text({ pid: "7" })],
    ['"startTime"', text({ startTime: 1.5 })],
    ['"bundle"', text({ bundle: 7 })],
    ['"annotations.a"', text({ annotations: { a: 1 } })],
    ['"annotations"', text({ annotations: [] })],
    ['"cgroup.mode"', text({ cgroup: { mode: "v3", paths: {} } })],
    ['"cgroup.paths.cpu"', text({ cgroup: { mode: "v1", paths: { cpu: null } } })],
    ['"cgroup"', text({ cgroup: null })],
    ['"undo\\[1\\].target"', text({ undo: [{ kind: "unmount", target: "/a" }, { kind: "unmount" }] })],
    ['"undo\\[0\\].kind"', text({ undo: [{ kind: "burn", target: "/a" }] })],
    ['"namespaces\\[0\\]"', text({ namespaces: [1] })],
    ['"creator.startTime"', text({ creator: { pid: 1 } })],
    ["not an object", "[]"],
    ["line 1", "{"],
    ["line 1", ""],
  ])("names %s", (field, content) => {
    const read = () => parseContainerRecord(content, "/run/x/state.json");
    expect(read).toThrowError(expect.objectContaining({ code: "corrupt", kind: "internal" }));
    expect(read).toThrowError(/\/run\/x\/state\.json/);
    expect(read).toThrowError(new RegExp(field));
  });
  it("reads the mounts that an earlier version was to undo", () => {
    const earlier = text({ undo: undefined, transforms: undefined, mounts: [{ target: "/a" }] });
    expect(parseContainerRecord(earlier, "f")).toMatchObject({
      undo: [{ kind: "unmount", target: "/a" }],
      transforms: [],
    });
  });
  it("ignores fields of a later version", () => {
    expect(parseContainerRecord(text({ later: [1] }), "f").id).toBe("web");
  });
});

describe("StateStore.list()", () => {
  it("names containers and broken ones, and nothing else", () => {
    expect(store.list()).toEqual({ containers: [], broken: [] });
    store.create(WEB);
    store.write(WEB, aRecord());
    store.create(parseContainerId("broken"));
    writeFileSync(join(root, "broken/state.json"), '{"id":');
    store.create(parseContainerId("wrong"));
    store.write(parseContainerId("wrong"), aRecord());
    store.create(parseContainerId("reserved"));
    new StateStore(join(root, "k8s.io")).create(WEB);
    mkdirSync(join(root, ".cache/seccomp"), { recursive: true });
    writeFileSync(join(root, "file"), "");
    symlinkSync("web", join(root, "link"));
    mkdirSync(join(root, ".gantry-scrap-1-2-3/execs"), { recursive: true });
    const { containers, broken } = store.list();
    expect(containers.map(({ record, ownerUid }) => [record.id, ownerUid])).toEqual([
      ["web", process.getuid?.()],
    ]);
    expect(broken.map(({ id }) => id)).toEqual(["broken", "wrong"]);
    expect(broken[0]?.error).toMatchObject({ code: "corrupt" });
  });
});

describe("StateStore.sweep()", () => {
  it("removes what a killed process or this one left, and nothing of another living one", () => {
    const scrapOf = (pid: number) => `.gantry-scrap-${pid}-${readProcessStat(pid)?.startTime}-1`;
    for (const name of [".gantry-scrap-1-2-3", scrapOf(process.pid), scrapOf(process.ppid), ".cache"]) {
      mkdirSync(join(root, name, "execs"), { recursive: true });
    }
    store.sweep();
    expect(readdirSync(root).sort()).toEqual([".cache", scrapOf(process.ppid)]);
  });
});

describe("StateStore.remove()", () => {
  it("frees the id and leaves nothing; a second time is fine", () => {
    const { dir } = store.create(WEB);
    store.write(WEB, aRecord());
    mkdirSync(join(dir, "execs/one"), { recursive: true });
    store.remove(WEB);
    store.remove(WEB);
    expect(readdirSync(root)).toEqual([]);
    store.create(WEB);
  });
});
