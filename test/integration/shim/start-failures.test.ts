import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runOk } from "../../helpers/run.ts";
import { encodeParams, runcOptions, ShimBench, type ShimCallOptions, shimPath } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

/** A failing start: what is asked, and what is said about it. `prepare` gets the bundle. */
interface Failure {
  readonly what: string;
  readonly call?: (shim: ShimBench, bundle: string) => ShimCallOptions;
  readonly says: RegExp;
}

const asked = (
  shim: ShimBench,
  bundle: string,
  params: Omit<Parameters<typeof encodeParams>[0], "instanceId" | "namespace">,
): ShimCallOptions => {
  const known = { instanceId: basename(bundle), namespace: shim.namespace, socketDir: shim.socketDir };
  return { input: encodeParams({ ...known, ...params }) };
};

const FAILURES: readonly Failure[] = [
  {
    what: "no namespace",
    call: () => ({ flags: ["-namespace", ""] }),
    says: /namespace cannot be empty/,
  },
  { what: "an id that leads elsewhere", call: () => ({ id: "../c1" }), says: /id "\.\.\/c1"/ },
  { what: "no id", call: () => ({ id: "" }), says: /id ""/ },
  { what: "a flag without its value", call: () => ({ flags: ["-bundle"] }), says: /action ""/ },
  {
    what: "a socket path that is too long for the kernel",
    call: (shim, bundle) => asked(shim, bundle, { socketDir: join(shim.bench.dir, "x".repeat(60)) }),
    says: /socket path .* longer than 106 bytes/,
  },
  {
    what: "a socket path that is far too long",
    call: (shim, bundle) => asked(shim, bundle, { socketDir: join(shim.bench.dir, "x".repeat(200)) }),
    says: /socket path .* longer than 106 bytes/,
  },
  {
    what: "a socket directory that is a file",
    call: (shim, bundle) => {
      writeFileSync(join(shim.bench.dir, "f"), "");
      return asked(shim, bundle, { socketDir: join(shim.bench.dir, "f") });
    },
    says: /EEXIST|ENOTDIR/,
  },
  {
    what: "options of a type nobody knows",
    call: (shim, bundle) =>
      asked(shim, bundle, {
        extensions: [{ value: { typeUrl: "example.Options", value: Buffer.from("x") } }],
      }),
    says: /options of type "example.Options"/,
  },
  {
    what: "options that are not what they say",
    call: (shim, bundle) =>
      asked(shim, bundle, {
        extensions: [{ value: { ...runcOptions({}), value: Buffer.from([0xff, 0xff, 0xff]) } }],
      }),
    says: /not a containerd.runc.v1.Options/,
  },
  {
    what: "an input that is neither message",
    call: () => ({ input: Buffer.from([0xff, 0xff, 0xff]) }),
    says: /standard input/,
  },
  {
    what: "a cgroup for the server that does not exist",
    call: (shim, bundle) =>
      asked(shim, bundle, { extensions: [{ value: runcOptions({ shimCgroup: "/no/such/cgroup" }) }] }),
    says: /ShimCgroup.*"\/no\/such\/cgroup"/,
  },
  {
    what: "another runtime",
    call: (shim, bundle) =>
      asked(shim, bundle, { extensions: [{ value: runcOptions({ binaryName: "runc" }) }] }),
    says: /BinaryName.*"runc"/,
  },
  {
    what: "a config.json that Create would refuse",
    call: (_, bundle) => {
      writeFileSync(join(bundle, "config.json"), '{"process": {"args": "true"},\n "mounts": "none"}');
      return {};
    },
    says: /process\.args.*mounts/,
  },
  {
    what: "an address that cannot be written",
    call: (shim, bundle) => {
      mkdirSync(join(bundle, "address"));
      return asked(shim, bundle, {});
    },
    says: /address/,
  },
  {
    what: "a link to the socket directory that cannot be made",
    call: (shim, bundle) => {
      mkdirSync(join(bundle, "s"));
      return asked(shim, bundle, {});
    },
    says: /EISDIR|EPERM/,
  },
  {
    what: "a log whose place depends on the working directory",
    call: (shim, bundle) => ({ ...asked(shim, bundle, {}), env: { GANTRY_SHIM_LOG: "shim.log" } }),
    says: /GANTRY_SHIM_LOG.*"shim\.log"/,
  },
  {
    what: "a log that cannot be opened",
    call: (shim, bundle) => ({ ...asked(shim, bundle, {}), env: { GANTRY_SHIM_LOG: shim.bench.dir } }),
    says: /GANTRY_SHIM_LOG.*EISDIR/,
  },
];

describe("start that fails says one line on standard error and leaves nothing behind:", () => {
  it.each(FAILURES)("$what", async ({ call, says }) => {
    const bundle = shim.bench.bundle("c1");
    const called = await shim.call("start", bundle, call?.(shim, bundle) ?? {});
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
    expect(called.stdout.toString()).toBe("");
    expect(called.stderr).toMatch(/^containerd-shim-gantry-v2: [^\n]+\n$/);
    await shim.expectNothingLeft();
  });

  it("core scheduling on a kernel without it, and a server that shares its core on one with it", async () => {
    const bundle = shim.bench.bundle("c1");
    const called = await shim.call("start", bundle, { env: { SCHED_CORE: "1" } });
    // Not every kernel has CONFIG_SCHED_CORE, this one perhaps: then nothing is seen here of the group that a pod shares.
    if (called.code === 0) {
      await (await shim.client(called.stdout.toString())).shutdown("c1");
      return;
    }
    expect(called).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/SCHED_CORE: .*Invalid argument/),
    });
    expect(called.stdout.toString()).toBe("");
    await shim.expectNothingLeft();
  });

  it("an executable that lies alone", async () => {
    const bundle = shim.bench.bundle("c1");
    const alone = join(shim.bench.dir, "alone");
    mkdirSync(alone);
    const program = join(alone, "containerd-shim-gantry-v2");
    try {
      linkSync(shimPath, program);
    } catch {
      await runOk("cp", [shimPath, program]); // another file system
    }
    const called = await shim.call("start", bundle, { program });
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot execute gantry-shimd/) });
    expect(called.stdout.toString()).toBe("");
  });

  it("and lets the server of the group live, if there is one", async () => {
    const { bundle, address, task, shimPid } = await shim.serve("c1");
    const other = shim.bench.bundle("c2", (spec) => ({
      ...spec,
      annotations: { "io.kubernetes.cri.sandbox-id": "c1" },
    }));
    mkdirSync(join(other, "address"));
    expect(await shim.call("start", other, asked(shim, other, {}))).toMatchObject({ code: 1 });
    expect((await task.connect("c1")).shimPid).toBe(shimPid);
    expect(await shim.start(bundle)).toBe(address);
    await task.shutdown("c1");
  });
});

describe("containerd-shim-gantry-v2", () => {
  it.each([
    [["-namespace", "n", "-id", "c1", "restart"], /action "restart"/],
    [[], /action ""/],
    [["-id"], /flag needs an argument: -id/],
  ])("refuses %j", async (args, says) => {
    const called = await shim.callRaw(args);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
    expect(called.stdout.length).toBe(0);
  });

  it.each([["-v"], ["-version"], ["--v"]])(
    "tells its version for %s, whatever else is wrong",
    async (flag) => {
      const called = await shim.callRaw([flag]);
      expect(called).toMatchObject({ code: 0, stderr: "" });
      expect(called.stdout.toString()).toMatch(/^containerd-shim-gantry-v2:\n {2}Version: \d+\.\d+\.\d+\n/);
    },
  );

  it("goes past flags that it does not know", async () => {
    const bundle = shim.bench.bundle("c1");
    const known = asked(shim, bundle, {});
    const flags = ["-shiny", "-new=1", "--flag", "value", "-debug=false"];
    const address = await shim.start(bundle, { ...known, flags });
    await (await shim.client(address)).shutdown("c1");
  });
});
