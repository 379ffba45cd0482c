import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseHostPath } from "../../../src/core/ids.ts";
import { addressOf, membersDir, socketPath } from "../../../src/shim/address.ts";
import { groupOf, readGroup } from "../../../src/shim/group.ts";

const RUNC = "io.containerd.runc.v2.group";
const CRI = "io.kubernetes.cri.sandbox-id";

describe("groupOf()", () => {
  it.each([
    ["no annotation", {}, undefined],
    ["others", { "a.b": "c" }, undefined],
    ["runc's", { [RUNC]: "g" }, "g"],
    ["CRI's", { [CRI]: "s" }, "s"],
    ["both: runc's", { [CRI]: "s", [RUNC]: "g" }, "g"],
    ["an empty one and CRI's", { [RUNC]: "", [CRI]: "s" }, "s"],
    ["an empty one", { [RUNC]: "" }, undefined],
  ])("of %s", (_, annotations, group) => {
    expect(groupOf(annotations)).toBe(group);
  });
});

describe("readGroup()", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "gantry-group-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const bundle = () => parseHostPath(dir, "bundle");
  const spec = (change: object) =>
    writeFileSync(
      join(dir, "config.json"),
      JSON.stringify({
        ociVersion: "1.0.2",
        root: { path: "rootfs" },
        process: { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } },
        linux: { namespaces: [{ type: "mount" }] },
        ...change,
      }),
    );

  it("is the id without a config.json, as for a sandbox of its own", () => {
    expect(readGroup(bundle(), "c1")).toBe("c1");
  });

  it("is the id without an annotation, and the annotation's value with one", () => {
    spec({});
    expect(readGroup(bundle(), "c1")).toBe("c1");
    spec({ annotations: { [CRI]: "pod" } });
    expect(readGroup(bundle(), "c1")).toBe("pod");
  });

  it("refuses what Create would refuse", () => {
    writeFileSync(join(dir, "config.json"), "{");
    expect(() => readGroup(bundle(), "c1")).toThrow(/config\.json/);
  });
});

describe("socketPath()", () => {
  const parts = { socketDir: "/s", grpcAddress: "/run/c.sock", containerdNamespace: "n", group: "g" };

  it("is containerd's own scheme: the SHA-256 of the joined path", () => {
    // printf /run/c.sock/n/g | sha256sum
    expect(socketPath(parts)).toBe("/s/dd2f64a5f80e4e258bd48186c851f96afe24f4426edd78327c2d4a361bed6a73");
  });

  it("is in containerd's own directory by default", () => {
    expect(socketPath({ ...parts, socketDir: "" })).toMatch(/^\/run\/containerd\/s\/[0-9a-f]{64}$/);
  });

  it.each([
    ["the address", { grpcAddress: "/run/d.sock" }],
    ["the namespace", { containerdNamespace: "m" }],
    ["the group", { group: "h" }],
  ])("differs with %s", (_, change) => {
    expect(socketPath({ ...parts, ...change })).not.toBe(socketPath(parts));
  });

  it("is short however long namespace and group are", () => {
    const long = socketPath({
      ...parts,
      socketDir: "",
      containerdNamespace: "n".repeat(200),
      group: "g".repeat(1000),
    });
    expect(long.length).toBeLessThanOrEqual(106);
  });

  it("has the list of its members beside it, and a scheme before it", () => {
    expect(membersDir("/s/x")).toBe("/s/x.d");
    expect(addressOf("/s/x")).toBe("unix:///s/x");
  });
});
