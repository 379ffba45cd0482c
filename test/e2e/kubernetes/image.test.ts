/** The installer's image, run as the DaemonSet runs it, on a directory laid out like a node. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { VERSION } from "../../../src/bin/version.ts";
import { type Containerd, ctrRunFlags, startContainerd } from "../../helpers/containerd.ts";
import { makeNode, type ScratchNode } from "../../helpers/node.ts";
import { repository } from "../../helpers/paths.ts";

const ARCHIVE = join(repository, ".cache/installer-image/image.tar");
const IMAGE = `ghcr.io/gantry/gantry-installer:${VERSION}`;
let containerd: Containerd;
let node: ScratchNode;
beforeAll(async () => {
  execFileSync("bash", [join(repository, "scripts/installer-image.sh")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  containerd = await startContainerd("1.6");
  node = makeNode("1.6");
  expect(await containerd.ctr(["images", "import", ARCHIVE])).toMatchObject({ code: 0 });
});
afterAll(async () => {
  node?.dispose();
  await containerd?.stop();
});

it("is far below 200 MB", () => {
  expect(statSync(ARCHIVE).size).toBeLessThan(100_000_000);
});

it("installs, checks and uninstalls with the capabilities that the DaemonSet has", async () => {
  const [daemonSet] = parseAllDocuments(
    readFileSync(join(repository, "kubernetes/base/installer.yaml"), "utf8"),
  );
  const { spec } = (daemonSet?.toJS() ?? {}) as { spec: { template: { spec: { initContainers: Init[] } } } };
  const [{ args, securityContext }] = spec.template.spec.initContainers as [Init];
  const pristine = node.inventory();
  const gantry = (id: string, words: readonly string[]) =>
    containerd.ctr([
      "run",
      ...ctrRunFlags(containerd),
      ...["--rm", "--read-only", "--mount", `type=bind,src=${node.dir},dst=/host,options=rbind:rw`],
      ...CAPABILITIES.filter((name) => !securityContext.capabilities.add.includes(name)).flatMap((name) => [
        "--cap-drop",
        `CAP_${name}`,
      ]),
      ...[IMAGE, id, "/usr/local/bin/gantry", ...words],
    ]);
  // Outside of a cluster there is nobody to tell about the label: the rest is what the pod does.
  const installed = await gantry("install", args);
  expect(installed.stderr).toBe("");
  expect(installed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("handlers gantry, gantry-host, gantry-os-volume registered"),
  });
  expect((await node.dump()).runtimes).toHaveProperty("gantry");
  expect((await gantry("check", ["node", "check", "--root", "/host"])).stdout).toMatch(/\nok\n$/);
  const removed = await gantry("uninstall", ["node", "uninstall", "--root", "/host", "--label"]);
  expect(removed).toMatchObject({ code: 0 });
  expect(node.inventory()).toEqual(pristine);
});

interface Init {
  readonly args: readonly string[];
  readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } };
}

/** What ctr gives. */
const CAPABILITIES = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
];
