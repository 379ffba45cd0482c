/** scripts/kind-integration.sh and minikube-setup-runtime.sh, with stand-ins for what only a cluster can do: they check and record. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repository } from "../../helpers/paths.ts";
import { type Finished, run } from "../../helpers/run.ts";

const KIND = "scripts/kind-integration.sh";
const MINIKUBE = "scripts/minikube-setup-runtime.sh";
let dir = "";
let bin = "";

// What real ones print, as far as the scripts read it. An unknown call is an error, as with the real ones.
const STAND_IN = `#!/bin/sh
name=\${0##*/}
echo "$name $*" >> "$RECORD"
case " $FAILING " in *" $name $1 "*) echo "$name: failed as told" >&2; exit 1 ;; esac
case "$name $*" in
  "docker info" | "docker build --file Containerfile --tag "* | "docker exec "*" systemctl restart containerd") ;;
  "docker exec "*" gantry node check") echo "note     cgroups: version 2"; echo ok ;;
  "docker exec "*" sh -c "*) echo nothing ;;
  "kind get clusters") echo other; echo "\${CLUSTER:-}" ;;
  "kind create cluster --name "* | "kind load "*" --name "* | "kind delete cluster --name "*) ;;
  "minikube status --profile "* | "minikube image load --profile "*) ;;
  "npm run --silent build") ;;
  "kubectl --context "*" logs hello-gantry") echo "hello from hello-gantry" ;;
  "kubectl --context "*" logs sidecar-gantry --container watcher") echo "    7 root      0:00 sleep 3600" ;;
  "kubectl --context "*" logs daemonset/"*) echo "gantry node install: the disk is full" ;;
  "kubectl --context "*" exec "*" -- id") echo "uid=0(root) gid=0(root)" ;;
  "kubectl --context "*" get nodes --output jsonpath="*) echo "\${RUNTIME:-containerd://2.1.4}" ;;
  "kubectl --context "*" get pod "*) echo 0 ;;
  "kubectl --context "*" apply --kustomize "*) [ -f "\${5}/kustomization.yaml" ] || exit 1 ;;
  "kubectl --context "*" apply --filename "*) [ -f "\${5}" ] || exit 1 ;;
  "kubectl --context "*" delete "* | "kubectl --context "*" wait "* | "kubectl --context "*" rollout status "*) ;;
  *) echo "$name: unknown: $*" >&2; exit 2 ;;
esac
`;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-scripts-"));
  bin = join(dir, "bin");
  mkdirSync(bin);
  for (const name of ["kind", "docker", "kubectl", "minikube", "npm"]) {
    writeFileSync(join(bin, name), STAND_IN, { mode: 0o755 });
  }
  // The scripts' own tools, and nothing else of this machine.
  for (const name of ["sh", "bash", "grep", "dirname", "cat"])
    symlinkSync(`/usr/bin/${name}`, join(bin, name));
  symlinkSync(process.execPath, join(bin, "node"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function script(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return run("/bin/bash", [join(repository, name), ...args], {
    env: { PATH: bin, HOME: dir, RECORD: join(dir, "record"), ...env },
    cwd: dir,
  });
}

function record(): string[] {
  try {
    return readFileSync(join(dir, "record"), "utf8").trim().split("\n");
  } catch {
    return []; // nothing was called
  }
}

const planned = (out: string): string[] =>
  out
    .split("\n")
    .filter((line) => line.startsWith("+ "))
    .map((line) => line.slice(2).replace(/ {3}\(expect: .*\)$/, ""));

describe.each([KIND, MINIKUBE])("%s", (name) => {
  it("does exactly what --dry-run prints, which does nothing", async () => {
    const dry = await script(name, ["--dry-run"]);
    expect(dry).toMatchObject({ code: 0 });
    expect(record()).toEqual([]);
    const real = await script(name);
    expect(real).toMatchObject({ code: 0, stdout: dry.stdout });
    const preflight = /^(docker info|kind get clusters|minikube status|kubectl \S+ \S+ get nodes)/;
    expect(record().filter((call) => !preflight.test(call))).toEqual(planned(dry.stdout));
    expect(planned(dry.stdout).length).toBeGreaterThan(10);
  });

  it("says which program is missing, before anything is done", async () => {
    rmSync(join(bin, "kubectl"));
    const { code, stderr } = await script(name);
    expect(stderr).toContain('"kubectl" is missing');
    expect(code).toBe(1);
    expect(record().filter((call) => /build|create|load|apply/.test(call))).toEqual([]);
  });

  it("takes no argument that it does not know, and no archive that cannot be read", async () => {
    expect(await script(name, ["--fast"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"--fast"'),
    });
    const { code, stderr } = await script(name, [], { IMAGE_ARCHIVE: "/nowhere.tar" });
    expect(stderr).toContain('IMAGE_ARCHIVE "/nowhere.tar" cannot be read');
    expect(code).toBe(1);
  });
});

describe(KIND, () => {
  it("removes its cluster when a step fails, and shows what the installer says", async () => {
    const { code, stderr } = await script(KIND, ["--name", "mine"], { FAILING: "docker exec" });
    expect(code).toBe(1);
    expect(stderr).toContain("docker exec mine-control-plane gantry node check failed");
    expect(record().slice(-2)).toEqual([
      "kubectl --context kind-mine --namespace gantry-system logs daemonset/gantry-installer --all-containers --tail=50",
      "kind delete cluster --name mine",
    ]);
  });

  it("touches no cluster that is there, nor a docker that does not answer", async () => {
    const taken = await script(KIND, [], { CLUSTER: "gantry" });
    expect(taken).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is a kind cluster "gantry"'),
    });
    const dead = await script(KIND, [], { FAILING: "docker info" });
    expect(dead).toMatchObject({ code: 1, stderr: expect.stringContaining("docker does not answer") });
    expect(record().filter((call) => /create|delete|load/.test(call))).toEqual([]);
    expect(await script(KIND, ["--name", "Mine!"])).toMatchObject({ code: 1 });
  });

  it("loads an archive in place of building", async () => {
    const archive = join(dir, "image.tar");
    writeFileSync(archive, "");
    expect(await script(KIND, ["--keep"], { IMAGE_ARCHIVE: archive })).toMatchObject({ code: 0 });
    expect(record()).toContain(`kind load image-archive ${archive} --name gantry`);
    expect(record().filter((call) => /build|kind delete/.test(call))).toEqual([]);
  });
});

describe(MINIKUBE, () => {
  it("uninstalls", async () => {
    expect(await script(MINIKUBE, ["--uninstall"])).toMatchObject({ code: 0 });
    expect(record().at(-1)).toContain("delete --kustomize kubernetes/overlays/minikube --ignore-not-found");
  });

  it("refuses a minikube that is stopped or runs docker", async () => {
    const stopped = await script(MINIKUBE, [], { FAILING: "minikube status" });
    expect(stopped).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not run: minikube start"),
    });
    const other = await script(MINIKUBE, ["--profile", "p"], { RUNTIME: "docker://27.0.1" });
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("needs --container-runtime=containerd"),
    });
  });
});

it("shellcheck has nothing to say", async () => {
  const scripts = ["scripts/cluster-lib.sh", KIND, MINIKUBE];
  const { code, stdout } = await run("shellcheck", ["-x", "-s", "bash", ...scripts], { cwd: repository });
  expect(stdout).toBe("");
  expect(code).toBe(0);
});
