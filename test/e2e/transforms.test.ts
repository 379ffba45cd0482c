import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Containerd, ctrRunFlags } from "../helpers/containerd.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { repository } from "../helpers/paths.ts";
import { NodeFiles, setting } from "../integration/transforms/node.ts";

/** The transforms of a node in a directory of their own; handlers name it as containerd's configuration would. */
function nodeWith(containerd: Containerd, name: string): { readonly node: NodeFiles; readonly dir: string } {
  const dir = join(containerd.dir, name);
  mkdirSync(dir);
  return { node: new NodeFiles(dir), dir };
}

function example(node: NodeFiles, name: string, options: string): void {
  copyFileSync(join(repository, "examples", `${name}.ts`), join(node.directory, `${name}.ts`));
  node.enable([name], { more: `[transforms.options.${name}]\n${options}` });
}

function runWith(
  containerd: Containerd,
  node: NodeFiles,
  flags: readonly string[],
  id: string,
  ...args: readonly string[]
) {
  const all = ["run", ...ctrRunFlags(containerd), "--runtime-config-path", node.config, "--rm", ...flags];
  return containerd.ctr([...all, containerd.image.name, id, ...args]);
}

const annotated = (key: string, value: string) => ["--annotation", `${key}=${value}`];

describeWithContainerd("transforms of the node's own", (containerd) => {
  it("examples/namespace-files.ts gives the pods of one namespace a directory and a variable", async () => {
    const { node, dir } = nodeWith(containerd(), "namespace-files");
    writeFileSync(join(dir, "ca.pem"), "certificate");
    const options = `namespace = "shop"\nsource = "${dir}"\ndestination = "/etc/company"\nvariable = "CA_DIR"`;
    example(node, "namespace-files", options);
    const pod = (namespace: string) => annotated("io.kubernetes.cri.sandbox-namespace", namespace);
    const show = ["sh", "-c", "cat $CA_DIR/ca.pem && ! touch $CA_DIR/x 2>/dev/null"];
    expect(await runWith(containerd(), node, pod("shop"), "in", ...show)).toMatchObject({
      code: 0,
      stdout: "certificate",
    });
    const other = ["sh", "-c", "echo [$CA_DIR] $(ls -d /etc/company 2>&1 | grep -c 'No such')"];
    expect((await runWith(containerd(), node, pod("other"), "out", ...other)).stdout).toBe("[] 1\n");
  });

  it("examples/device.ts gives a container the device that an annotation names", async () => {
    const { node, dir } = nodeWith(containerd(), "device");
    execFileSync("mknod", [join(dir, "zero0"), "c", "1", "5"]);
    example(node, "device", `path = "${dir}/zero"\nvariable = "DEVICES"`);
    const show = ["sh", "-c", `echo $DEVICES; head -c 4 ${dir}/zero0 | wc -c`];
    const with0 = await runWith(containerd(), node, annotated("example.com/device", "0"), "d0", ...show);
    expect(with0).toMatchObject({ code: 0, stdout: "0\n4\n" });
    expect((await runWith(containerd(), node, [], "d1", ...show)).stdout).toBe("\n0\n");
    const hostile = await runWith(
      containerd(),
      node,
      annotated("example.com/device", "../sda"),
      "d2",
      "true",
    );
    expect(hostile.code).not.toBe(0);
    expect(hostile.stderr).toMatch(/device\.ts.*must be numbers with commas between them/);
  });

  it("examples/no-host-paths.ts refuses host paths, also behind links, and lets others be", async () => {
    const { node, dir } = nodeWith(containerd(), "no-host-paths");
    mkdirSync(join(dir, "allowed"));
    example(node, "no-host-paths", `allowed = ["${join(dir, "allowed")}"]`);
    const mounted = (source: string) => ["--mount", `type=bind,src=${source},dst=/mnt,options=rbind:ro`];
    const run = (source: string, id: string) => runWith(containerd(), node, mounted(source), id, "true");
    expect((await run(join(dir, "allowed"), "ok")).code).toBe(0);
    const refused = await run("/etc", "etc");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/transform "no-host-paths".*may not have \/etc of the node/);
    expect((await run(`${join(dir, "allowed")}/../../..`, "up")).stderr).toContain("may not have");
  });

  it("one that changes, breaks or never ends is noticed by the warm runtime, and harms nobody else", async () => {
    const { node } = nodeWith(containerd(), "changing");
    const show = ["sh", "-c", "echo $A"];
    node.write("own.mjs", setting("A", "1"));
    node.enable(["own"], { more: "timeout_ms = 1000" });
    expect((await runWith(containerd(), node, [], "w1", ...show)).stdout).toBe("1\n");
    node.write("own.mjs", setting("A", "second"));
    expect((await runWith(containerd(), node, [], "w2", ...show)).stdout).toBe("second\n");
    node.write("own.mjs", "{ applies() { while (true); }, apply: (spec) => ({ spec }) }");
    const plain = [...ctrRunFlags(containerd()), "--rm", containerd().image.name, "w4", "echo", "fine"];
    const [hanging, other] = await Promise.all([
      runWith(containerd(), node, [], "w3", ...show),
      containerd().ctr(["run", ...plain]),
    ]);
    expect(hanging.code).not.toBe(0);
    expect(hanging.stderr).toMatch(/own\.mjs: applies\(\) or facts\(\) took more than 1000 ms/);
    expect(other.stdout).toBe("fine\n");
    node.write("own.mjs", setting("A", "third"));
    expect((await runWith(containerd(), node, [], "w5", ...show)).stdout).toBe("third\n");
  });
});
