/** Everything in kubernetes/: as Kubernetes' own types have it, consistent, and the same by kustomize and by the chart. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { GANTRY_COMMANDS } from "../../../src/bin/gantry-commands.ts";
import { VERSION } from "../../../src/bin/version.ts";
import { parseFlags } from "../../../src/cli/flags.ts";
import { HANDLERS, POD_ANNOTATIONS } from "../../../src/installer/handlers.ts";
import { LABEL } from "../../../src/installer/label.ts";
import { repository, unpacked } from "../../helpers/paths.ts";
import { run } from "../../helpers/run.ts";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly [key: string]: unknown;
}
interface PodSpec {
  readonly runtimeClassName?: string;
  readonly serviceAccountName?: string;
  readonly initContainers?: readonly { readonly image: string; readonly args: readonly string[] }[];
  readonly containers: readonly { readonly image: string }[];
}
interface Workload extends Manifest {
  readonly spec: PodSpec & {
    readonly template?: { readonly metadata: Manifest["metadata"]; readonly spec: PodSpec };
  };
}

const KUBERNETES = join(repository, "kubernetes");
const scratch = mkdtempSync(join(repository, ".cache/manifests-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const documents = (text: string): Manifest[] =>
  parseAllDocuments(text)
    .map((one) => {
      expect(one.errors).toEqual([]);
      return one.toJS() as Manifest | null;
    })
    .filter((one) => one !== null);

const kubectl = join(unpacked("trixie", "kubernetes-client"), "kubectl");
const built = new Map<string, string>();

function kustomize(dir: string): Manifest[] {
  const text =
    built.get(dir) ?? execFileSync(kubectl, ["kustomize", join(KUBERNETES, dir)], { encoding: "utf8" });
  built.set(dir, text);
  return documents(text);
}

function examples(): Manifest[] {
  const dir = join(KUBERNETES, "examples");
  return readdirSync(dir).flatMap((name) => documents(readFileSync(join(dir, name), "utf8")));
}

/** The part of Helm's template language that our chart keeps to; helm itself is not in Debian. */
function renderChart(changes: Record<string, unknown>): Manifest[] {
  const dir = join(KUBERNETES, "chart");
  const values = { ...parse(readFileSync(join(dir, "values.yaml"), "utf8")), ...changes } as Record<
    string,
    unknown
  >;
  const lookUp = (path: string): unknown =>
    path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], { Values: values });
  return readdirSync(join(dir, "templates")).flatMap((name) => {
    const text = readFileSync(join(dir, "templates", name), "utf8")
      .replace(
        /\{\{ if (not )?\.([\w.]+) \}\}\n([\s\S]*)\{\{ end \}\}\n/g,
        (_, not, path: string, body: string) => (Boolean(lookUp(path)) === (not === undefined) ? body : ""),
      )
      .replace(/\{\{ \.([\w.]+) \}\}/g, (_, path: string) => {
        const value = lookUp(path);
        if (value === undefined) throw new Error(`${name}: no value ${path}`);
        return String(value);
      });
    expect(text).not.toContain("{{");
    return documents(text);
  });
}

const DIRS = ["base", "uninstall", "overlays/kind", "overlays/minikube", "overlays/k3s"];
const podSpecOf = (one: Manifest): PodSpec | undefined => {
  const { spec } = one as Workload;
  return one.kind === "Pod" ? spec : spec?.template?.spec;
};

/** Have the compiler hold manifests against the published types: unknown fields, wrong types and absent ones are errors. */
async function typeErrors(manifests: readonly Manifest[]): Promise<string> {
  const lines = manifests.map((one, i) => {
    const [group = "core", version = one.apiVersion] = one.apiVersion.includes("/")
      ? one.apiVersion.replace(".authorization.k8s.io", "").replace(".k8s.io", "").split("/")
      : ["core", one.apiVersion];
    return `import type { ${one.kind} as T${i} } from "kubernetes-types/${group}/${version}.js";\nexport const v${i}: T${i} = ${JSON.stringify(one, undefined, 1)};`;
  });
  const file = join(scratch, "manifests.ts");
  writeFileSync(file, lines.join("\n"));
  const flags = [
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
  ];
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  return (await run(process.execPath, [tsc, ...flags, file])).stdout;
}

describe("kubernetes/", () => {
  it("is what Kubernetes' types say, and a misspelt field is not", async () => {
    const all = [
      ...DIRS.flatMap(kustomize),
      ...examples(),
      ...renderChart({}),
      ...renderChart({ uninstall: true }),
    ];
    expect(all.length).toBeGreaterThan(30);
    expect(await typeErrors(all)).toBe("");
    const [pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "" } }] = examples();
    expect(await typeErrors([{ ...pod, specs: {} }])).toContain("specs");
  });

  it("has a RuntimeClass for each handler, on labelled nodes, with an overhead", () => {
    const classes = kustomize("base").filter(({ kind }) => kind === "RuntimeClass");
    expect(classes.map(({ handler }) => handler).sort()).toEqual([...HANDLERS].sort());
    for (const one of classes) {
      expect(one).toMatchObject({
        metadata: { name: one["handler"] },
        overhead: { podFixed: { memory: "2Mi" } },
        scheduling: { nodeSelector: { [LABEL]: "true" } },
      });
    }
  });

  it.each(DIRS)(
    "%s runs commands that there are, with this version's image and an account that exists",
    (dir) => {
      const all = kustomize(dir);
      const accounts = kustomize("base").filter(({ kind }) => kind === "ServiceAccount");
      for (const one of all.filter(({ kind }) => kind === "DaemonSet")) {
        const spec = podSpecOf(one);
        expect(accounts.map(({ metadata }) => metadata.name)).toContain(spec?.serviceAccountName);
        for (const { image } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
          expect(image).toBe(`ghcr.io/gantry/gantry-installer:${VERSION}`);
        }
        for (const { args } of spec?.initContainers ?? []) {
          const command = GANTRY_COMMANDS.find(({ name }) => name === args.slice(0, 2).join(" "));
          expect(parseFlags(command?.flags ?? [], args.slice(2), false).positional).toEqual([]);
        }
      }
    },
  );

  it("has examples for every class, with annotations that containerd passes on", () => {
    const specs = examples().map(podSpecOf);
    const used = specs.flatMap((spec) => spec?.runtimeClassName ?? []);
    expect([...new Set(used)].sort()).toEqual([...HANDLERS].sort());
    const prefixes = POD_ANNOTATIONS.map((pattern) => pattern.replace("*", ""));
    const keys = examples().flatMap((one) =>
      Object.keys({ ...one.metadata.annotations, ...(one as Workload).spec?.template?.metadata.annotations }),
    );
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) expect(prefixes.some((prefix) => key.startsWith(prefix))).toBe(true);
  });

  it("says the same by the chart and by kustomize", () => {
    const byName = (all: readonly Manifest[]) =>
      [...all].sort((a, b) => (`${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1));
    const withDaemon = kustomize("base").map((one) => {
      for (const { args } of podSpecOf(one)?.initContainers ?? [])
        (args as string[]).push("--daemon", "containerd");
      return one;
    });
    expect(byName(renderChart({}))).toEqual(byName(withDaemon));
    const uninstall = renderChart({ uninstall: true }).filter(({ kind }) => kind === "DaemonSet");
    expect(uninstall).toEqual(kustomize("uninstall"));
    const chart = parse(readFileSync(join(KUBERNETES, "chart/Chart.yaml"), "utf8"));
    expect(chart).toMatchObject({ version: VERSION, appVersion: VERSION });
  });
});
