import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SLOWNESS } from "../../helpers/wait.ts";
import { Bench, type Called, changes, running } from "../runtime/harness.ts";
import { NodeFiles, setting } from "./node.ts";

let bench: Bench;
let node: NodeFiles;
beforeEach(() => {
  bench = new Bench();
  node = new NodeFiles(bench.dir);
});
afterEach(() => bench.dispose());

const global = () => ["--config", node.config];

function run(bundle: string, ...args: readonly string[]): Called {
  return bench.call([...args, "run", "-b", bundle, "c1"], { global: global() });
}

/** A failed create, with the message it gave and nothing left. */
async function failure(bundle: string): Promise<string> {
  const log = join(bench.dir, "log.json");
  writeFileSync(log, "");
  const called = bench.call(["create", "-b", bundle, "c1"], {
    global: [...global(), "--log", log, "--log-format", "json"],
  });
  expect(called.code, called.stderr).toBe(1);
  expect(called.stderr.trim().split("\n")).toHaveLength(1);
  const last: { level: string; msg: string } = JSON.parse(
    readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "",
  );
  expect(last.level).toBe("error");
  expect(called.stderr).toContain(last.msg);
  await bench.expectNothingLeft();
  return last.msg;
}

describe("a transform of the node's own", () => {
  it("rewrites the container, and not the bundle; state says what it did", () => {
    node.write(
      "label.ts",
      `{
      annotations: ["example.com/team"],
      applies: (spec: { hostname?: string }, requests) => ({
        applies: requests.annotations["example.com/team"] !== undefined,
        reason: "there is a team",
      }),
      facts: () => [{ kind: "uname" }, { kind: "stat", path: "/nowhere" }],
      apply: (spec, facts, requests) => ({
        spec: {
          ...spec,
          hostname: requests.annotations["example.com/team"],
          annotations: { ...spec.annotations, release: facts.uname().release, nowhere: String(facts.stat("/nowhere")) },
        },
        notes: ["known as " + requests.options.as],
      }),
    }`,
    );
    node.enable(["label"], { more: '[transforms.options.label]\nas = "blue"' });
    const bundle = bench.bundle(
      "c1",
      changes(running("hostname"), (spec) => ({ ...spec, annotations: { "example.com/team": "blue" } })),
    );
    const before = readFileSync(join(bundle, "config.json"));
    bench.ok(["create", "-b", bundle, "c1"], { global: global() });
    expect(bench.state("c1")).toMatchObject({
      annotations: {
        "example.com/team": "blue",
        nowhere: "undefined",
        release: expect.stringMatching(/^\d/),
      },
      gantry: {
        transforms: [
          {
            name: "label",
            reason: "there is a team",
            changed: ["hostname", "annotations.release", "annotations.nowhere"],
            notes: ["known as blue"],
          },
        ],
      },
    });
    expect(readFileSync(join(bundle, "config.json"))).toEqual(before);
    bench.ok(["delete", "--force", "c1"]);
    expect(run(bundle).stdout).toBe("blue\n");
  });

  it("runs in the order of the configuration, may import a file beside it, and what it says is logged", () => {
    node.write("shared.mjs", 'export const value = "shared";');
    node.write(
      "b.mjs",
      `import { value } from "./shared.mjs";
      console.log("loading", { b: true });
      export default {
        applies: () => ({ applies: true, reason: "always" }),
        apply: (spec) => ({ spec: { ...spec, process: { ...spec.process, env: [...spec.process.env, "B=" + value] } } }),
      };`,
    );
    node.write("a.mjs", setting("A", "1"));
    node.enable(["b", "a"]);
    const called = run(bench.bundle("c1", running("env | grep -E '^(A|B)='")));
    expect(called.stdout.trim().split("\n").toSorted()).toEqual(["A=1", "B=shared"]);
    const order = [...called.stderr.matchAll(/transform \\"(.)\\" applies/g)].map(([, name]) => name);
    expect(order).toEqual(["b", "a"]);
    expect(called.stderr).toContain("says: loading { b: true }");
  });

  it("gets no annotations where they are switched off, and no sandbox that it did not ask for", () => {
    const counting = (extra: string) => `{ ${extra} annotations: ["x"],
      applies: (_, { annotations, isSandbox }) => ({ applies: true, reason: JSON.stringify([annotations, isSandbox]) }),
      apply: (spec) => ({ spec }) }`;
    node.write("plain.mjs", counting(""));
    node.write("all.mjs", counting("takesSandboxes: true,"));
    const annotations = { x: "1", "gantry.dev/nonsense": "1" };
    const reasons = (bundle: string) => {
      const called = bench.call(["plan", "--explain", "--json", "-b", bundle], { global: global() });
      expect(called.code, called.stderr).toBe(0);
      const { transforms } = JSON.parse(called.stdout) as { transforms: { name: string; reason: string }[] };
      return { own: transforms.slice(-2).map(({ reason }) => reason), stderr: called.stderr };
    };
    const pod = bench.bundle("c1", (spec) => ({ ...spec, annotations }));
    node.enable(["plain", "all"]);
    expect(reasons(pod)).toEqual({
      own: ['[{"x":"1"},false]', '[{"x":"1"},false]'],
      stderr: expect.stringContaining("gantry.dev/nonsense"),
    });
    node.enable(["plain", "all"], { top: "annotations = false" });
    expect(reasons(pod)).toEqual({
      own: ["[{},false]", "[{},false]"],
      stderr: expect.not.stringContaining("nonsense"),
    });
    node.enable(["plain", "all"]);
    const sandbox = { ...annotations, "io.kubernetes.cri.container-type": "sandbox" };
    expect(reasons(bench.bundle("c2", (spec) => ({ ...spec, annotations: sandbox }))).own).toEqual([
      "the pod's sandbox is left alone",
      "[{},true]",
    ]);
  });
});

const APPLIES = 'applies: () => ({ applies: true, reason: "always" })';
const broken: readonly (readonly [string, string, RegExp])[] = [
  ["has a syntax error", "export default {\n  applies( => 1 };", /\(line 2\)/],
  ["imports what is not there", 'import "./nowhere.mjs";\nexport default {};', /nowhere/],
  ["throws when it is loaded", 'export default 1;\nthrow new Error("no luck");', /no luck \(line 2\)/],
  ["exports nothing", "export const a = 1;", /default export/],
  ["has no apply()", "export default { applies: () => 1 };", /apply/],
  ["has a field nobody knows", `{ ${APPLIES}, apply: (spec) => ({ spec }), order: 1 }`, /order/],
  ["never ends when it is loaded", "export default 1;\nwhile (true);", /loading it took more than 300 ms/],
  ["ends the process when it is loaded", "export default 1;\nprocess.exit(0);", /exit status 0/],
  [
    "throws in applies()",
    '{ applies() { throw new Error("cannot say"); }, apply() {} }',
    /cannot say \(line 2\)/,
  ],
  ["says neither yes nor no", "{ applies: () => 5, apply() {} }", /applies/],
  [
    "wants a fact that there is not",
    `{ ${APPLIES}, facts: () => [{ kind: "env" }], apply: (spec) => ({ spec }) }`,
    /fact "env"/,
  ],
  [
    "wants to read a file",
    `{ ${APPLIES}, facts: () => [{ kind: "read-file", path: "/etc/shadow" }], apply: (spec) => ({ spec }) }`,
    /may not read \/etc\/shadow/,
  ],
  [
    "looks at a fact it did not name",
    `{ ${APPLIES}, apply: (spec, facts) => ({ spec, notes: [facts.realpath("/etc")] }) }`,
    /realpath \/etc was not asked for/,
  ],
  ["throws in apply()", `{ ${APPLIES}, apply() { throw new Error("not today"); } }`, /not today/],
  ["throws something odd", `{ ${APPLIES}, apply() { throw null; } }`, /null/],
  [
    "never answers",
    `{ ${APPLIES}, apply: () => new Promise(() => setInterval(() => {}, 10)) }`,
    /apply\(\) took more than 300 ms/,
  ],
  ["never ends", `{ ${APPLIES}, apply() { while (true); } }`, /apply\(\) took more than 300 ms/],
  [
    "kills its process",
    `{ ${APPLIES}, apply() { process.kill(process.pid, "SIGKILL"); } }`,
    /apply\(\) ended its process: SIGKILL/,
  ],
  [
    "changes its input",
    `{ ${APPLIES}, apply(spec) { spec.process.env.push("A=1"); return { spec }; } }`,
    /apply|readonly|read.only|extensible|assign/,
  ],
  ["returns nothing", `{ ${APPLIES}, apply() {} }`, /what apply\(\) returns must be an object/],
  ["returns a circle", `{ ${APPLIES}, apply(spec) { const a = {}; a.a = a; return { spec: a }; } }`, /./],
  ["returns no spec", `{ ${APPLIES}, apply: () => ({ spec: {} }) }`, /ociVersion: is required/],
  [
    "returns a broken spec",
    `{ ${APPLIES}, apply: (spec) => ({ spec: { ...spec, mounts: [{ destination: 7 }] } }) }`,
    /mounts\[0\]\.destination/,
  ],
  [
    "changes the root without owning it",
    `{ ${APPLIES}, apply: (spec) => ({ spec: { ...spec, root: { path: "/" } } }) }`,
    /root\.path/,
  ],
  [
    "wants nonsense made",
    `{ ${APPLIES}, apply: (spec) => ({ spec, prepare: [{ kind: "mkdir", path: "here" }] }) }`,
    /prepare\[0\]\.path must be an absolute path/,
  ],
  [
    "wants something mounted on a mount",
    `{ ${APPLIES}, apply: (spec) => ({ spec, prepare: [{ kind: "mount", type: "tmpfs", source: "x", target: "/proc", options: [] }] }) }`,
    /on "\/proc" \(\): something is mounted there already/,
  ],
];

describe("a transform that", () => {
  it.each(broken)("%s fails the create, which names its file and the reason", async (_, source, reason) => {
    const file = node.write("bad.mjs", source);
    node.enable(["bad"], { more: `timeout_ms = ${300}` });
    const bundle = bench.bundle("c1", running("true"));
    const startedAt = performance.now();
    const message = await failure(bundle);
    expect(performance.now() - startedAt).toBeLessThan(5_000 * SLOWNESS);
    expect(message).toMatch(reason);
    expect(message).toContain('"bad"');
    if (!/root\.path|ociVersion|mounts\[0\]|mounted there/.test(message)) expect(message).toContain(file);
  });

  it("is not there, is there twice, or could have been written by somebody else, is refused", async () => {
    const bundle = bench.bundle("c1", running("true"));
    const file = node.write("own.mjs", setting("A", "1"));
    node.enable(["own", "other"]);
    expect(await failure(bundle)).toMatch(/"other" is enabled, but there is no .*other\.mjs/);
    node.write("other.mjs", setting("B", "1"));
    node.write("other.ts", setting("B", "1"));
    expect(await failure(bundle)).toMatch(/other\.mjs and other\.ts/);
    node.enable(["own"]);
    chmodSync(file, 0o664);
    expect(await failure(bundle)).toMatch(/own\.mjs must be writable by its owner only, its mode is 664/);
    chmodSync(file, 0o644);
    chownSync(file, 1234, 0);
    expect(await failure(bundle)).toMatch(/own\.mjs must belong to root, not to user 1234/);
    chownSync(file, 0, 0);
    chmodSync(node.directory, 0o777);
    expect(await failure(bundle)).toMatch(/transforms\.d must be writable by its owner only/);
    chmodSync(node.directory, 0o755);
    chmodSync(node.config, 0o666);
    expect(await failure(bundle)).toMatch(/config\.toml must be writable/);
    chmodSync(node.config, 0o644);
    const elsewhere = join(bench.dir, "elsewhere.mjs");
    renameSync(file, elsewhere);
    chownSync(elsewhere, 1234, 0);
    symlinkSync(elsewhere, file);
    expect(await failure(bundle)).toMatch(/own\.mjs must belong to root/);
  });
});

describe("the configuration", () => {
  it.each([
    ["transforms = 1", /transforms: must be an object/],
    ["a = [", /config\.toml: .* line 1/],
    ["[transforms]\nenabled = ['../x']", /transforms\.enabled\[0\]/],
  ])("%j fails the create, which names the file", async (text, reason) => {
    writeFileSync(node.config, text, { mode: 0o644 });
    expect(await failure(bench.bundle("c1", running("true")))).toMatch(reason);
  });

  it("that was named must be there", async () => {
    expect(await failure(bench.bundle("c1", running("true")))).toMatch(
      /cannot read .*config\.toml: .*ENOENT/,
    );
  });
});

describe("gantry-runtime transform", () => {
  const SPEC = `{
  "ociVersion": "1.0.2",
  "unknown": { "b": 1e3, "a": -0, "z": 18446744073709551615 },
  "process": {
    "cwd": "/", "args": ["sh"], "env": ["PATH=/bin"],
    "rlimits": [{ "type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 1024 }]
  },
  "root": { "path": "rootfs" },
  "hooks": null,
  "linux": { "namespaces": [{ "type": "uts" }], "resources": { "memory": { "limit": 9223372036854771712, "kept": [null, 1.50] } } }
}`;
  let bundle: string;
  let file: string;
  beforeEach(() => {
    bundle = join(bench.dir, "bundle");
    file = join(bundle, "config.json");
    mkdirSync(bundle);
    writeFileSync(file, SPEC, { mode: 0o644 });
    node.write("set.mjs", setting("A", "1"));
    node.enable(["set"]);
  });
  const transform = (...args: readonly string[]) =>
    bench.ok(["transform", "-b", bundle, ...args], { global: global() });

  it("prints config.json as the transforms make it, with everything else as it was", () => {
    const text = transform();
    expect(JSON.parse(text).process.env).toEqual(["PATH=/bin", "A=1"]);
    for (const kept of [
      "1e3",
      '"a": -0',
      "18446744073709551615",
      "9223372036854771712",
      "1.50",
      '"hooks": null',
    ]) {
      expect(text).toContain(kept);
    }
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(SPEC)));
    expect(readFileSync(file, "utf8")).toBe(SPEC);
  });

  it("--write replaces the file in one step, for its owner alone; again, it leaves it as it is", () => {
    expect(transform("--write")).toBe("");
    const written = statSync(file);
    expect(written.mode & 0o777).toBe(0o600);
    const text = readFileSync(file, "utf8");
    expect(JSON.parse(text).process.env).toEqual(["PATH=/bin", "A=1"]);
    expect(transform("--write", "--explain")).toContain("does not apply: always");
    const again = statSync(file);
    expect([again.ino, again.mtimeMs, readFileSync(file, "utf8")]).toEqual([
      written.ino,
      written.mtimeMs,
      text,
    ]);
  });

  it("refuses a number beyond 64 bits with its place, and what only gantry could do", () => {
    node.write(
      "set.mjs",
      `{ ${APPLIES}, apply: (spec) => ({ spec, prepare: [{ kind: "mkdir", path: "/x" }] }) }`,
    );
    const prepared = bench.call(["transform", "-b", bundle, "--write"], { global: global() });
    expect(prepared).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("only gantry-runtime does that"),
    });
    writeFileSync(file, SPEC.replace("1e3", "9".repeat(300)));
    const long = bench.call(["transform", "-b", bundle], { global: global() });
    expect(long).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/300 characters\) .* line 3, column \d+/),
    });
  });

  it("and plan --explain say what each transform does, for people and as JSON", () => {
    node.write(
      "off.mjs",
      `{ applies: () => ({ applies: false, reason: "not \\u001b[31mwanted" }), apply() {} }`,
    );
    node.write(
      "make.mjs",
      `{ ${APPLIES}, apply: (spec) => ({
      spec: { ...spec, hostname: "x" }, prepare: [{ kind: "mkdir", path: "/run/x" }], notes: ["done"] }) }`,
    );
    node.enable(["set", "off", "make"]);
    const expected = [
      "set: applies: always",
      '  + process.env[1]: "A=1"',
      "off: does not apply: not \\u001b[31mwanted",
      "make: applies: always",
      '  + hostname: "x"',
      '  first mkdir "/run/x"',
      "  note: done",
      "",
    ].join("\n");
    const ownPart = (text: string) => text.slice(text.indexOf("set: "));
    expect(ownPart(transform("--explain"))).toBe(expected);
    const planned = bench.ok(["plan", "--explain", "-b", bundle], { global: global() });
    expect(ownPart(planned)).toBe(expected);
    const { isChanged, transforms } = JSON.parse(transform("--json"));
    expect(isChanged).toBe(true);
    expect(transforms.at(-3)).toEqual({
      name: "set",
      applies: true,
      reason: "always",
      edits: [{ op: "add", path: "process.env[1]", value: "A=1" }],
      prepare: [],
      notes: [],
    });
    expect(transforms.at(-2)).toMatchObject({ name: "off", applies: false });
  });
});
