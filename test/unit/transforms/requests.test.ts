import { describe, expect, it } from "vitest";
import type { ContainerId, HostPath } from "../../../src/core/brand.ts";
import { ANNOTATIONS } from "../../../src/transforms/annotations.ts";
import { DEFAULT_CONFIG, type NodeConfig, parseConfig } from "../../../src/transforms/config.ts";
import { parseRequests } from "../../../src/transforms/requests.ts";
import { randomOf } from "../../helpers/mutate.ts";
import { aSpec } from "../../helpers/spec.ts";

function requestsOf(annotations: Readonly<Record<string, string>>, config: NodeConfig = DEFAULT_CONFIG) {
  const input = { id: "c1" as ContainerId, bundle: "/b" as HostPath, rootfsMounts: [], config };
  return parseRequests({ ...aSpec(), annotations }, input);
}

describe("parseRequests()", () => {
  it("parses annotations that are allowed to act, under our name or another", () => {
    expect(requestsOf({ "gantry.dev/os-volume": "claim" }).requests.wanted).toEqual({ osVolume: "claim" });
    expect(requestsOf({ "sgs.snucse.org/os-volume": "claim" }).requests.wanted).toEqual({
      osVolume: "claim",
    });
    expect(requestsOf({ "example.com/os-volume": "claim" }).requests.wanted).toEqual({});
  });

  it.each(["", "a/b", "..", "-x", "a\nb", "x".repeat(300), "\u0000", "ä"])(
    "refuses the value %j, naming the annotation",
    (value) => {
      expect(() => requestsOf({ "sgs.snucse.org/os-volume": value })).toThrow(
        expect.objectContaining({
          code: "bad-annotation",
          message: expect.stringContaining("sgs.snucse.org/os-volume"),
        }),
      );
    },
  );

  it("refuses two names of one annotation that say different things", () => {
    const both = { "gantry.dev/os-volume": "a", "sgs.snucse.org/os-volume": "b" };
    expect(() => requestsOf(both)).toThrow(/gantry\.dev\/os-volume and sgs\.snucse\.org\/os-volume differ/);
    expect(requestsOf({ ...both, "sgs.snucse.org/os-volume": "a" }).requests.wanted.osVolume).toBe("a");
  });

  it("tells of an unknown key under our prefix, and of no other", () => {
    const { warnings } = requestsOf({
      "gantry.dev/os-volum": "x",
      "other.dev/x": "",
      "gantry.dev/__proto__": "",
    });
    expect(warnings).toEqual([
      'annotation "gantry.dev/os-volum" is not known and ignored',
      'annotation "gantry.dev/__proto__" is not known and ignored',
    ]);
  });

  it("finds nothing where the administrator has switched annotations off, or in a sandbox", () => {
    const bad = { "gantry.dev/os-volume": "/" };
    const { requests, warnings } = requestsOf(bad, { ...DEFAULT_CONFIG, annotations: false });
    expect([requests.wanted, requests.annotations, warnings]).toEqual([{}, {}, []]);
    const sandbox = requestsOf({ ...bad, "io.kubernetes.cri.container-type": "sandbox" }).requests;
    expect(sandbox).toMatchObject({ isSandbox: true, wanted: {}, annotations: {} });
  });

  it("takes the names of Kubernetes from containerd and from CRI-O, also without annotations", () => {
    const off = { ...DEFAULT_CONFIG, annotations: false };
    const names = { namespace: "shop", pod: "web-1", container: "main" };
    expect(
      requestsOf(
        {
          "io.kubernetes.cri.sandbox-namespace": "shop",
          "io.kubernetes.cri.sandbox-name": "web-1",
          "io.kubernetes.cri.container-name": "main",
        },
        off,
      ).requests.kubernetes,
    ).toEqual(names);
    expect(
      requestsOf({
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.name": "web-1",
        "io.kubernetes.container.name": "main",
      }).requests.kubernetes,
    ).toEqual(names);
  });
});

describe("parseRequests() of anything", () => {
  it("finds nothing but what it allows, or says which annotation is bad", () => {
    const roll = randomOf(11);
    const keys = Object.values<{ readonly keys: readonly string[] }>(ANNOTATIONS).flatMap((def) => def.keys);
    const parts = [
      "a",
      "/",
      "..",
      "\u0000",
      "\n",
      "-",
      "main",
      "true",
      "ö",
      " ",
      ":",
      ",",
      "9",
      "\u001b[2J",
      "x".repeat(300),
    ];
    for (let round = 0; round < 5000; round += 1) {
      const key = roll(8) === 0 ? `gantry.dev/${parts[roll(parts.length)]}` : (keys[roll(keys.length)] ?? "");
      const value = Array.from({ length: roll(5) }, () => parts[roll(parts.length)]).join("");
      try {
        const { wanted } = requestsOf({ [key]: value }).requests;
        expect(wanted.osVolume ?? "a").toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/);
      } catch (error) {
        expect(error).toMatchObject({ code: "bad-annotation", message: expect.stringContaining(key) });
      }
    }
  });
});

describe("parseConfig()", () => {
  it("fills in what is not said", () => {
    expect(parseConfig({}, "f")).toEqual(DEFAULT_CONFIG);
    const config = parseConfig(
      { annotations: false, transforms: { enabled: ["a-b"], timeout_ms: 500, options: { "a-b": { x: 1 } } } },
      "f",
    );
    expect(config).toMatchObject({
      annotations: false,
      transforms: { enabled: ["a-b"], timeoutMs: 500, options: { "a-b": { x: 1 } } },
    });
    expect(config.transforms.directory).toBe("/etc/gantry/transforms.d");
  });

  it.each([
    [{ anotations: false }, "anotations"],
    [{ transforms: { enable: [] } }, "transforms.enable"],
    [{ annotations: "no" }, "annotations"],
    [{ transforms: { enabled: ["../x"] } }, "transforms.enabled[0]"],
    [{ transforms: { directory: "x" } }, "transforms.directory"],
    [{ transforms: { timeout_ms: 1e9 } }, "transforms.timeout_ms"],
    [{ transforms: [] }, "transforms"],
    [{ transforms: { options: { a: 1 } } }, "transforms.options.a"],
  ])("refuses %j, naming file and field", (tables, field) => {
    expect(() => parseConfig(tables, "/etc/g.toml")).toThrow(
      expect.objectContaining({
        code: "bad-config",
        message: expect.stringMatching(`^/etc/g\\.toml: ${field.replace(/[.[\]]/g, "\\$&")}: `),
      }),
    );
  });
});
