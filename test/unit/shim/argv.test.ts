import { describe, expect, it } from "vitest";
import { parseShimArgs, type ShimArgs } from "../../../src/shim/argv.ts";

const NOTHING: ShimArgs = {
  action: "",
  containerdNamespace: "",
  id: "",
  address: "",
  publishBinary: "",
  bundle: "",
  isDebug: false,
  wantsInfo: false,
  wantsVersion: false,
};

describe("parseShimArgs()", () => {
  it.each<[string, string, Partial<ShimArgs>]>([
    ["nothing", "", {}],
    [
      "start as containerd writes it",
      "-namespace k8s.io -address /run/c.sock -publish-binary /usr/bin/containerd -id c1 start",
      {
        action: "start",
        containerdNamespace: "k8s.io",
        address: "/run/c.sock",
        publishBinary: "/usr/bin/containerd",
        id: "c1",
      },
    ],
    [
      "delete with its bundle",
      "-id c1 -bundle /b -debug delete",
      { action: "delete", id: "c1", bundle: "/b", isDebug: true },
    ],
    [
      "any order",
      "-debug -id c1 -namespace n start",
      { action: "start", id: "c1", containerdNamespace: "n", isDebug: true },
    ],
    [
      "two dashes and =",
      "--id=c1 -namespace=n --debug start",
      { action: "start", id: "c1", containerdNamespace: "n", isDebug: true },
    ],
    ["the later of two", "-id a -id b start", { action: "start", id: "b" }],
    [
      "a value that looks like an action",
      "-id start -namespace delete start",
      { action: "start", id: "start", containerdNamespace: "delete" },
    ],
    ["a value that looks like a flag", "-id -debug start", { action: "start", id: "-debug" }],
    ["an empty value", "-id= start", { action: "start" }],
    ["a value with =", "-id=a=b start", { action: "start", id: "a=b" }],
    ["-info alone", "-info", { wantsInfo: true }],
    ["-v", "-v", { wantsVersion: true }],
    ["--version", "--version", { wantsVersion: true }],
    ["a boolean that is false", "-debug=false -info=0 start", { action: "start" }],
    ["a boolean that is true", "-debug=T start", { action: "start", isDebug: true }],
    ["an unknown flag without a value", "-shiny start", { action: "start" }],
    ["an unknown flag with a value", "-shiny yes -id c1 start", { action: "start", id: "c1" }],
    ["an unknown flag with =", "-shiny=yes start", { action: "start" }],
    ["an unknown flag before a known one", "-shiny -id c1 delete", { action: "delete", id: "c1" }],
    ["nothing behind the action", "start -id c1", { action: "start" }],
    ["-- before the action", "-id c1 -- delete", { action: "delete", id: "c1" }],
  ])("takes %s", (_, line, expected) => {
    expect(parseShimArgs(line === "" ? [] : line.split(" "))).toEqual({ ...NOTHING, ...expected });
  });

  it.each(["-id", "-namespace", "-node-dir"])("refuses %s without a value", (flag) => {
    expect(() => parseShimArgs([flag])).toThrow(expect.objectContaining({ code: "bad-arguments" }));
  });
});
