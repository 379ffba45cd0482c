/** `gantry node install`, `uninstall` and `check` on directories laid out like nodes, with each node's own containerd as the judge. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { CONFIG, makeNode, nodeArguments, type ScratchNode } from "../helpers/node.ts";
import { type ContainerdVersion, distBin } from "../helpers/paths.ts";

const VERSIONS: readonly ContainerdVersion[] = ["1.6", "1.7", "2.x"];
const HANDLERS = ["gantry", "gantry-host", "gantry-os-volume"];
const SHIM = "/usr/local/bin/containerd-shim-gantry-v2";

const nodes: ScratchNode[] = [];
const mounts: string[] = [];
afterEach(() => {
  for (const path of mounts.splice(0).reverse()) execFileSync("umount", ["-l", path]);
  for (const node of nodes.splice(0)) node.dispose();
});

function aNode(version: ContainerdVersion, config?: string | null): ScratchNode {
  const node = makeNode(version, config);
  nodes.push(node);
  return node;
}

/** A table of the CRI plugin as the version of a file names it. */
function table(version: 2 | 3, ...keys: readonly string[]): string {
  const plugin = version === 2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime";
  return `[plugins.${[`"${plugin}"`, ...keys].join(".")}]`;
}

/** What an administrator may have written: comments, odd spaces, no newline at the end, systemd cgroups. */
function administrators(version: 2 | 3): string {
  return `# keep me
version = ${version}
root   =   "/var/lib/containerd"   # and me

${table(version)}
    enable_selinux = false
	max_container_log_line_size = 4096
${table(version, "containerd", "runtimes", "runc")}
  runtime_type = "io.containerd.runc.v2"
  ${table(version, "containerd", "runtimes", "runc", "options")}
    SystemdCgroup = true
# the end`;
}

const configVersion = (version: ContainerdVersion): 2 | 3 => (version === "2.x" ? 3 : 2);

/** Without what is not set: containerd fills some tables up, and others not. */
function set(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (typeof value !== "object" || value === null)
    return value === "" || value === 0 || value === false ? undefined : value;
  const entries = Object.entries(value).flatMap(([key, one]) =>
    set(one) === undefined ? [] : [[key, set(one)]],
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

async function expectInstalled(
  node: ScratchNode,
  before: Awaited<ReturnType<ScratchNode["dump"]>>,
): Promise<void> {
  const after = await node.dump();
  expect(Object.keys(after.runtimes).sort()).toEqual([...HANDLERS, ...Object.keys(before.runtimes)].sort());
  for (const [name, was] of Object.entries(before.runtimes))
    expect(set(after.runtimes[name])).toEqual(set(was));
  expect(after.rest).toEqual(before.rest);
  for (const name of HANDLERS) {
    expect(after.runtimes[name]).toMatchObject({
      runtime_path: SHIM,
      pod_annotations: ["gantry.dev/*", "sgs.snucse.org/*", "reaper.runtime/*"],
    });
  }
}

describe.each(VERSIONS)("gantry node install (containerd %s)", (version) => {
  it("leaves Debian's configuration and its runc as they are, and can be done again and undone", async () => {
    const node = aNode(version);
    const pristine = node.inventory();
    const before = await node.dump();
    const first = await node.ok(["install"]);
    expect(first).toContain("5 programs");
    expect(first).toContain("systemctl restart containerd.service");
    await expectInstalled(node, before);
    const installed = node.inventory();
    const again = await node.ok(["install"]);
    expect(again).toMatch(/^\/usr\/local\/bin: unchanged\n.*: unchanged\n$/);
    expect(node.inventory()).toEqual(installed);
    expect((await node.gantry(["check"])).stdout).toMatch(/\nok\n$/);
    await node.ok(["uninstall"]);
    expect(node.inventory()).toEqual(pristine);
    expect(await node.ok(["uninstall"])).toContain("nothing");
  });

  it("adds lines to an administrator's file, and takes the cgroup driver from runc", async () => {
    const text = administrators(configVersion(version));
    const node = aNode(version, text);
    const before = await node.dump();
    await node.ok(["install"]);
    expect(node.read(CONFIG).startsWith(`${text}\n`)).toBe(true);
    await expectInstalled(node, before);
    expect((await node.dump()).runtimes["gantry"]).toMatchObject({ options: { SystemdCgroup: true } });
    await node.ok(["uninstall"]);
    expect(node.read(CONFIG)).toBe(text);
  });

  it("writes a drop-in where that changes nothing else", async () => {
    const text = `version = ${configVersion(version)}\nimports = ["/etc/containerd/conf.d/*.toml"]\n`;
    const node = aNode(version, text);
    mkdirSync(node.path("/etc/containerd/conf.d"));
    const before = await node.dump();
    await node.ok(["install"]);
    expect(node.read(CONFIG)).toBe(text);
    expect(existsSync(node.path("/etc/containerd/conf.d/gantry.toml"))).toBe(true);
    await expectInstalled(node, before);
    await node.ok(["uninstall"]);
    expect(existsSync(node.path("/etc/containerd/conf.d/gantry.toml"))).toBe(false);
  });

  it("edits the file that counts where a drop-in would replace its settings", async () => {
    const own = administrators(configVersion(version)).replace(
      "\n",
      `\nimports = ["/etc/containerd/conf.d/*.toml"]\n`,
    );
    const node = aNode(version, own);
    mkdirSync(node.path("/etc/containerd/conf.d"));
    const before = await node.dump();
    await node.ok(["install"]);
    await expectInstalled(node, before);
    // containerd 2 joins tables, the older ones replace the whole plugin's.
    expect(existsSync(node.path("/etc/containerd/conf.d/gantry.toml"))).toBe(version === "2.x");
    await node.ok(["uninstall"]);
    expect(node.read(CONFIG)).toBe(own);
  });

  it("makes a configuration where there is none", async () => {
    const node = aNode(version, null);
    const pristine = node.inventory();
    const before = await node.dump();
    await node.ok(["install"]);
    await expectInstalled(node, before);
    await node.ok(["uninstall"]);
    expect(node.inventory()).toEqual(pristine);
  });
});

describe("gantry node install on k3s", () => {
  const DIR = "/var/lib/rancher/k3s/agent/etc/containerd";
  function k3s(version: ContainerdVersion, config: string): ScratchNode {
    const node = aNode(version);
    node.write(`${DIR}/config.toml`, config);
    node.write(
      "/var/lib/rancher/k3s/data/current/bin/containerd",
      '#!/bin/sh\nexec /usr/bin/containerd "$@"\n',
    );
    execFileSync("chmod", ["755", node.path("/var/lib/rancher/k3s/data/current/bin/containerd")]);
    for (const name of ["sh", "dash"])
      execFileSync("cp", ["-L", `/bin/${name}`, node.path(`/usr/bin/${name}`)]);
    return node;
  }

  it("writes a template around k3s's own, and takes it away again", async () => {
    const generated = administrators(2);
    const node = k3s("1.7", generated);
    const out = await node.ok(["install"]);
    expect(out).toContain("systemctl restart k3s.service or k3s-agent.service");
    expect(node.read(`${DIR}/config.toml`)).toBe(generated);
    const template = node.read(`${DIR}/config.toml.tmpl`);
    expect(template.startsWith('{{ template "base" . }}\n# >>> gantry')).toBe(true);
    // As k3s writes the file when it starts.
    const before = await node.dump(`${DIR}/config.toml`);
    node.write(`${DIR}/config.toml`, template.replace('{{ template "base" . }}', generated));
    const after = await node.dump(`${DIR}/config.toml`);
    expect(after.rest).toEqual(before.rest);
    expect(Object.keys(after.runtimes).sort()).toEqual([...HANDLERS, "runc"].sort());
    expect(await node.ok(["install"])).toMatch(/: unchanged\n$/);
    await node.ok(["uninstall"]);
    expect(existsSync(node.path(`${DIR}/config.toml.tmpl`))).toBe(false);
  });

  it("adds to a template that is there, and uses the drop-in directory where k3s imports one", async () => {
    const node = k3s("2.x", administrators(3));
    const own = '{{ template "base" . }}\n# mine\n';
    node.write(`${DIR}/config-v3.toml.tmpl`, own);
    await node.ok(["install"]);
    expect(node.read(`${DIR}/config-v3.toml.tmpl`).startsWith(`${own}# >>> gantry`)).toBe(true);
    await node.ok(["uninstall"]);
    expect(node.read(`${DIR}/config-v3.toml.tmpl`)).toBe(own);
    node.write(`${DIR}/config.toml`, `imports = ["${DIR}/config-v3.toml.d/*.toml"]\n${administrators(3)}`);
    await node.ok(["install"]);
    expect(existsSync(node.path(`${DIR}/config-v3.toml.d/gantry.toml`))).toBe(true);
    expect(node.read(`${DIR}/config-v3.toml.tmpl`)).toBe(own);
    await node.ok(["uninstall"]);
    expect(existsSync(node.path(`${DIR}/config-v3.toml.d`))).toBe(false);
  });
});

describe("gantry node install stops, and changes nothing,", () => {
  const cases: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ["broken TOML", "version = 2\n[plugins\n", /config\.toml/],
    ["version 1", "[plugins.cri]\n", /version 1 .*config migrate/],
    ["a version from the future", "version = 9\n", /version|9/],
    ["bytes that are not UTF-8", Buffer.from("version = 2\n# \xff\n", "latin1"), /UTF-8|config\.toml/],
    [
      "tables in one line",
      'version = 2\nplugins = { "io.containerd.grpc.v1.cri" = { containerd = { runtimes = { runc = { runtime_type = "io.containerd.runc.v2" } } } } }\n',
      /no way to register/,
    ],
    [
      "a handler of that name made by hand",
      `version = 2\n${table(2, "containerd", "runtimes", "gantry")}\n  runtime_type = "io.containerd.gantry.v2"\n`,
      /has a handler "gantry" that gantry node install did not write/,
    ],
  ];
  it.each(cases)("for a configuration with %s", async (_, config, message) => {
    const node = aNode("1.6");
    node.write(CONFIG, config);
    const pristine = node.inventory();
    const { code, stderr } = await node.gantry(["install"]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(node.inventory()).toEqual(pristine);
  });

  it("when the configuration is a directory, the node has no containerd, or a flag is wrong", async () => {
    const node = aNode("2.x", null);
    mkdirSync(node.path(CONFIG));
    const pristine = node.inventory();
    expect(await node.gantry(["install"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(CONFIG),
    });
    node.remove("/etc/containerd");
    const none = await node.gantry(["install", "--containerd", "/opt/containerd"]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("/opt/containerd") });
    for (const [flag, value] of [
      ["--bin-dir", "bin"],
      ["--daemon", "crio"],
      ["--handlers", "gantry,runc"],
    ] as const) {
      const { code, stderr } = await node.gantry(["install", flag, value]);
      expect(stderr).toContain(`${flag} "${flag === "--handlers" ? "runc" : value}"`);
      expect(code).toBe(2);
    }
    expect(await node.gantry(["install", "now"])).toMatchObject({ stderr: expect.stringContaining('"now"') });
    expect(node.inventory().size).toBe(pristine.size - 2);
    const old = await aNode("1.6").gantry(["install", "--bin-dir", "/opt/gantry/bin"]);
    expect(old).toMatchObject({ code: 2, stderr: expect.stringContaining("finds shims on its PATH only") });
  });

  it("when the disk is full", async () => {
    const node = aNode("2.x");
    mount(["-t", "tmpfs", "-o", "size=2m", "tmpfs"], node.path("/usr/local/bin"));
    node.write("/opt/release/gantry-shimd", Buffer.alloc(4_000_000, "x"));
    const pristine = node.inventory();
    const { code, stderr } = await node.gantry(["install"]);
    expect(stderr).toMatch(/cannot write .*\/usr\/local\/bin\/gantry-shimd: the disk is full/);
    expect(code).toBe(1);
    expect(node.inventory()).toEqual(pristine);
  });

  it("when a file system is read-only", async () => {
    const node = aNode("2.x");
    mount(["-t", "tmpfs", "-o", "ro", "tmpfs"], node.path("/usr/local/bin"));
    const pristine = node.inventory();
    const { code, stderr } = await node.gantry(["install"]);
    expect(stderr).toMatch(/read-only; choose another directory \(--bin-dir/);
    expect(code).toBe(1);
    expect(node.inventory()).toEqual(pristine);
    await node.ok(["install", "--bin-dir", "/opt/gantry/bin"]);
    expect((await node.dump()).runtimes["gantry"]).toMatchObject({
      runtime_path: "/opt/gantry/bin/containerd-shim-gantry-v2",
    });
    await node.ok(["uninstall"]);
    expect(existsSync(node.path("/opt/gantry"))).toBe(false);
    mount(["--bind", node.path("/etc")], node.path("/etc"));
    execFileSync("mount", ["-o", "remount,bind,ro", node.path("/etc")]);
    expect((await node.gantry(["install", "--bin-dir", "/opt/gantry/bin"])).stderr).toContain("read-only");
    expect(existsSync(node.path("/opt/gantry/bin/gantry"))).toBe(false);
  });

  it("when another installer is at work", async () => {
    const node = aNode("2.x");
    mkdirSync(node.path("/var/lib/gantry"), { mode: 0o700 });
    const holder = spawn("flock", [node.path("/var/lib/gantry/lock"), "sh", "-c", "echo held; cat"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    const { code, stderr } = await node.gantry(["install"]);
    expect(stderr).toContain("another gantry node install or uninstall is at work");
    expect(code).toBe(1);
    holder.stdin.end();
    await once(holder, "exit");
    // Of several at once one does the work; the others say so, or find it done.
    const all = await Promise.all([1, 2, 3].map(() => node.gantry(["install"])));
    expect(all.some((one) => one.code === 0)).toBe(true);
    for (const one of all) if (one.code !== 0) expect(one.stderr).toContain("is at work");
    expect((await node.gantry(["check"])).code).toBe(0);
  });

  function mount(what: readonly string[], where: string): void {
    execFileSync("mount", [...what, where]);
    mounts.push(where);
  }
});

it("gantry node install that is killed at any time leaves a node that works, and the next one finishes", async () => {
  const node = aNode("1.6", administrators(2));
  const pristine = node.inventory();
  const before = await node.dump();
  let finished = 0;
  for (let delayMs = 60; finished === 0; delayMs += 60) {
    const child = spawn(join(distBin, "gantry"), nodeArguments(node.dir, ["install"]), {
      stdio: "ignore",
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), delayMs);
    const [code] = await once(child, "exit");
    clearTimeout(timer);
    if (code === 0) finished++;
    const now = await node.dump();
    expect(now.rest).toEqual(before.rest);
    expect(set(now.runtimes["runc"])).toEqual(set(before.runtimes["runc"]));
  }
  await expectInstalled(node, before);
  expect((await node.gantry(["check"])).code).toBe(0);
  await node.ok(["uninstall"]);
  expect(node.inventory()).toEqual(pristine);
});

it("gantry node uninstall keeps what was changed since, and refuses while containers run", async () => {
  const text = administrators(2);
  const node = aNode("1.6", text);
  await node.ok(["install"]);
  node.write(CONFIG, `${node.read(CONFIG)}# added later\n`);
  const bundle = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/pod1";
  node.write(`${bundle}/shim-binary-path`, SHIM);
  const { code, stderr } = await node.gantry(["uninstall"]);
  expect(stderr).toContain("k8s.io/pod1; remove them first, or --force");
  expect(code).toBe(1);
  expect((await node.gantry(["check"])).code).toBe(0);
  expect(await node.ok(["uninstall", "--force"])).toContain("was changed since the installation");
  expect(node.read(CONFIG)).toBe(`${text}\n# added later\n`);
  expect(existsSync(node.path(SHIM))).toBe(false);
});

describe("gantry node check", () => {
  const handler = (version: 2 | 3, lines: string) =>
    `version = ${version}\n${table(version, "containerd", "runtimes", "runc")}\n  runtime_type = "io.containerd.runc.v2"\n${lines}`;

  async function findings(node: ScratchNode): Promise<{ code: number | null; text: string }> {
    const { code, stdout } = await node.gantry(["check", "--json"]);
    const { findings: all } = JSON.parse(stdout) as {
      findings: { level: string; check: string; message: string }[];
    };
    return { code, text: all.map(({ level, check, message }) => `${level} ${check}: ${message}`).join("\n") };
  }

  it("passes on a node that has nothing of ours", async () => {
    const { code, text } = await findings(aNode("2.x"));
    expect(code).toBe(0);
    expect(text).toContain("gantry node install was not run");
  });

  it("finds handlers in the section of another version", async () => {
    const lines = `${table(2, "containerd", "runtimes", "gantry")}\n  runtime_type = "io.containerd.gantry.v2"\n`;
    const { code, text } = await findings(aNode("2.x", handler(3, lines)));
    expect(code).toBe(1);
    expect(text).toContain(
      'has version 3, but handler gantry is in plugins."io.containerd.grpc.v1.cri": it belongs into plugins."io.containerd.cri.v1.runtime"',
    );
  });

  it("finds absent pod_annotations, an absent shim, another cgroup driver, and long sockets", async () => {
    const lines = `  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
    SystemdCgroup = true
${table(3, "containerd", "runtimes", "gantry")}
  runtime_type = "io.containerd.runc.v2"
  runtime_path = "/opt/containerd-shim-gantry-v2"
  pod_annotations = ["gantry.dev/*"]
  ${table(3, "containerd", "runtimes", "gantry", "options")}
    SystemdCgroup = false
${table(3, "containerd", "runtimes", "other")}
  runtime_type = "io.containerd.gantry.v2"
  pod_annotations = ["*"]
[plugins."io.containerd.shim.v1.manager"]
  socket_dir = "/run/containerd/a/directory/with/a/rather/long/name"
`;
    const node = aNode("2.x", handler(3, lines));
    node.write("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: cgroupfs\n");
    const { code, text } = await findings(node);
    expect(code).toBe(1);
    for (const message of [
      "warning pod_annotations: handler gantry: pod_annotations lacks sgs.snucse.org/*, reaper.runtime/*",
      "error shim: handler gantry: /opt/containerd-shim-gantry-v2 is no executable file",
      "error cgroup driver: handler gantry: SystemdCgroup is false, of runc it is true",
      "warning runtime_type: handler gantry: runtime_type is not io.containerd.gantry.v2",
      "error shim: handler other: no containerd-shim-gantry-v2 on containerd's PATH",
      "error cgroup driver: /var/lib/kubelet/config.yaml says cgroupDriver: cgroupfs",
      "error socket_dir: socket_dir /run/containerd/a/directory/with/a/rather/long/name is longer than 42 bytes",
    ]) {
      expect(text).toContain(message);
    }
    expect(text).not.toContain("handler other: pod_annotations");
  });

  it("finds the CRI plugin switched off, and a configuration that containerd does not take", async () => {
    const node = aNode("1.6", 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
    expect((await findings(node)).text).toContain("warning cri:");
    expect((await node.gantry(["install"])).stderr).toContain("disabled_plugins has the CRI plugin");
    node.write(CONFIG, administrators(2));
    await node.ok(["install"]);
    node.write(CONFIG, "version = [\n");
    expect(await findings(node)).toMatchObject({
      code: 1,
      text: expect.stringContaining("error containerd:"),
    });
  });

  it("finds programs that are missing or others, a configuration written anew, and work half done", async () => {
    const node = aNode("2.x");
    const original = node.read(CONFIG);
    await node.ok(["install"]);
    node.write("/usr/local/bin/gantry-init", "another");
    node.remove("/usr/local/bin/gantry-runtime");
    node.write(CONFIG, original);
    node.write(
      "/var/lib/gantry/install.json",
      node.read("/var/lib/gantry/install.json").replace('"installed"', '"installing"'),
    );
    const { code, text } = await findings(node);
    expect(code).toBe(1);
    for (const message of [
      "warning programs: /usr/local/bin/gantry-init is not the one",
      "error programs: /usr/local/bin/gantry-runtime is missing",
      "error handlers: containerd has no handler gantry-os-volume",
      "error installation: gantry node install was stopped half-way: run it again",
    ]) {
      expect(text).toContain(message);
    }
    await node.ok(["install"]);
    expect((await findings(node)).code).toBe(0);
  });
});
