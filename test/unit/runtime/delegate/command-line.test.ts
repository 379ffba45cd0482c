import { describe, expect, it } from "vitest";
import {
  makesContainer,
  readCommandLine,
  readLogFlags,
} from "../../../../src/runtime/delegate/command-line.ts";

const read = (line: string) => readCommandLine(line.split(" ").filter(Boolean), "/cwd");

describe("readCommandLine()", () => {
  it.each([
    ["create --bundle /b c1", "create", "/b", "c1"],
    ["create --bundle=/b c1", "create", "/b", "c1"],
    ["create -b /b c1", "create", "/b", "c1"],
    ["create -b=b c1", "create", "/cwd/b", "c1"],
    ["create c1", "create", "/cwd", "c1"],
    ["create c1 --bundle /b", "create", "/b", "c1"],
    ["create --pid-file /p --console-socket /s --bundle /b --no-pivot c1", "create", "/b", "c1"],
    ["--root /r --log /l --log-format json --systemd-cgroup create --bundle /b c1", "create", "/b", "c1"],
    ["--rootless true --root=/r run -d c1", "run", "/cwd", "c1"],
    ["--platform=ptrace -ignore-cgroups --debug-log /d/ create --bundle /b c1", "create", "/b", "c1"],
    ["--rootless create c1", "create", "/cwd", "c1"],
    ["run -- -c1", "run", "/cwd", "-c1"],
  ])("finds command, bundle and id in %s (SGS-4)", (line, verb, bundle, id) => {
    const command = read(line);
    expect(command).toMatchObject({ verb, bundle, id });
    expect(makesContainer(command)).toBe(true);
  });

  it.each([
    ["start create", "start"],
    ["--log create state c1", "state"],
    ["exec c1 create", "exec"],
    ["delete --force run", "delete"],
    ["features", "features"],
    ["list", "list"],
    ["checkpoint-all c1", "checkpoint-all"],
  ])("leaves %s to the other runtime (SGS-3, SGS-4)", (line, verb) => {
    const command = read(line);
    expect(command.verb).toBe(verb);
    expect(makesContainer(command)).toBe(false);
  });

  it("knows no command where there is none", () => {
    expect(read("--version").verb).toBeUndefined();
    expect(read("").verb).toBeUndefined();
  });

  it("does not guess which word is the command (ENG-4)", () => {
    // A value with a space, torn apart by a shell script.
    expect(() => read("--unknown-log /var/log dir/ create --bundle /b c1")).toThrow(
      expect.objectContaining({ code: "bad-command-line", message: expect.stringContaining('"/var/log"') }),
    );
  });

  it("refuses another file than the bundle's config.json", () => {
    expect(() => read("create -b /b --config /other.json c1")).toThrow(/--config is not supported/);
  });
});

describe("readLogFlags()", () => {
  it("finds the log whatever else there is", () => {
    expect(readLogFlags(["--log=/l", "--log-format", "json", "--debug", "x", "create"])).toEqual({
      path: "/l",
      format: "json",
      isDebug: true,
    });
  });
});
