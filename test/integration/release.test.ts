import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../helpers/paths.ts";
import { run, runOk } from "../helpers/run.ts";

const EPOCH = 1_700_000_000;
const release = join(repository, "dist/release");
const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
const name = `gantry-${version}-linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;
const dir = mkdtempSync(join(tmpdir(), "gantry-release-"));
const root = join(dir, "root");

beforeAll(async () => {
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH) };
  await runOk("bash", ["scripts/release.sh"], { cwd: repository, env, timeoutMs: 110_000 });
  mkdirSync(root);
  await runOk("tar", ["-xzf", join(release, `${name}.tar.gz`), "-C", root]);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("npm run release", () => {
  it("leaves the tarball, its bill of materials, the npm package and their sums", async () => {
    const files = [`${name}.cdx.json`, `${name}.tar.gz`, `gantry-${version}.tgz`];
    expect(readdirSync(release).sort()).toEqual(["SHA256SUMS", ...files]);
    const sums = files.map((file) => `${sha256(join(release, file))}  ${file}\n`).join("");
    expect(readFileSync(join(release, "SHA256SUMS"), "utf8")).toBe(sums);
  });

  it("lists files only, sorted, of root, all of one time, for nobody else to write", async () => {
    const lines = (
      await runOk("tar", [
        "-tvzf",
        join(release, `${name}.tar.gz`),
        "--numeric-owner",
        "--full-time",
        "--utc",
      ])
    )
      .trim()
      .split("\n")
      .map((line) => /^(\S+) (\S+) +\d+ (\S+ \S+) (\S+)/.exec(line) ?? []);
    const paths = lines.map(([, , , , path]) => path);
    expect(paths).toEqual(paths.toSorted());
    for (const [, mode, owner, time] of lines) {
      expect(mode).toMatch(/^(-rw-r--r--|[-h]rwxr-xr-x)$/);
      expect({ owner, time }).toEqual({ owner: "0/0", time: "2023-11-14 22:13:20" });
    }
    expect(paths).toEqual(
      expect.arrayContaining([
        "etc/gantry/config.toml.example",
        ...["containerd-shim-gantry-v2", "gantry", "gantry-init", "gantry-runtime", "gantry-shimd"].map(
          (program) => `usr/local/bin/${program}`,
        ),
        "usr/local/share/doc/gantry/LICENSE",
        "usr/local/share/doc/gantry/README.md",
        "usr/local/share/man/man1/gantry.1",
        "usr/local/share/man/man8/gantry-runtime.8",
        ...["gantry", "gantry-runtime"].flatMap((program) => [
          `usr/local/share/bash-completion/completions/${program}`,
          `usr/local/share/fish/vendor_completions.d/${program}.fish`,
          `usr/local/share/zsh/site-functions/_${program}`,
        ]),
      ]),
    );
  });

  it("has programs that run where they were unpacked", async () => {
    const bin = join(root, "usr/local/bin");
    expect(await runOk(join(bin, "gantry"), ["--version"])).toBe(`gantry ${version}\n`);
    expect(await runOk(join(bin, "gantry-runtime"), ["--version"])).toContain(version);
    expect(await runOk(join(bin, "gantry-init"), ["version"])).toContain(version);
    expect(lstatSync(join(bin, "gantry-shimd")).ino).toBe(lstatSync(join(bin, "gantry")).ino);
  });

  it("names in the bill of materials what npm says is production's, and what is linked in", async () => {
    const sbom = JSON.parse(readFileSync(join(release, `${name}.cdx.json`), "utf8"));
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
    const found: string[] = sbom.components.map(
      (one: { name: string; version: string }) => `${one.name}@${one.version}`,
    );
    const tree = await runOk(
      "npm",
      ["ls", "--all", "--omit=dev", "--omit=optional", "--package-lock-only", "--parseable", "--long"],
      {
        cwd: repository,
      },
    );
    const wanted = tree
      .split("\n")
      .map((line) => line.split(":")[1] ?? "")
      .filter((id) => id !== "" && !id.startsWith("gantry@"));
    expect(wanted.length).toBeGreaterThan(50);
    const linked = ["bun", "glibc", "libseccomp", "musl"];
    expect(found.filter((id) => !linked.includes(id.split("@")[0] ?? ""))).toEqual(
      expect.arrayContaining([...new Set(wanted)]),
    );
    expect(found).toHaveLength(new Set(wanted).size + linked.length);
    for (const component of sbom.components) {
      expect(component.licenses[0].expression, component.name).toMatch(/^[A-Za-z0-9. -]+$/);
      expect(component["bom-ref"]).toBe(component.purl);
    }
  });
});

it("pack_tree() gives the same bytes for the same files, whenever and by whom they were written", async () => {
  const [one, two] = ["one", "two"].map((tree) => join(dir, tree));
  if (one === undefined || two === undefined) throw new Error("unreachable");
  cpSync(join(root, "usr/local/share"), one, { recursive: true });
  writeFileSync(join(one, "\nodd name"), "");
  cpSync(one, two, { recursive: true, mode: 0 });
  utimesSync(join(two, "man/man1/gantry.1"), 1, 1);
  await runOk("chmod", ["600", join(two, "man/man1/gantry.1")]);
  await runOk("chown", ["-R", "12:34", two]);
  for (const tree of [one, two]) {
    const script = '. scripts/lib.sh; pack_tree "$1" "$1.tar.gz" 7';
    await runOk("bash", ["-c", script, "bash", tree], {
      cwd: repository,
      env: { ...process.env, TZ: basename(tree) },
    });
  }
  expect(sha256(`${two}.tar.gz`)).toBe(sha256(`${one}.tar.gz`));
});

describe("the npm package", () => {
  const project = join(dir, "project");
  const gantry = join(project, "node_modules/.bin/gantry");
  beforeAll(async () => {
    // Unpacked as npm does it, but for its dependencies: all that is run is in the bundle.
    const target = join(project, "node_modules/gantry");
    mkdirSync(target, { recursive: true });
    mkdirSync(join(project, "node_modules/.bin"));
    await runOk("tar", [
      "-xzf",
      join(release, `gantry-${version}.tgz`),
      "--strip-components=1",
      "-C",
      target,
    ]);
    const { bin } = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
    symlinkSync(join(target, bin.gantry), gantry);
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    mkdirSync(join(project, "bundle/rootfs"), { recursive: true });
  });

  it("has the types of a transform, for a project that has no option for source in TypeScript", async () => {
    cpSync(join(repository, "examples"), join(project, "src"), { recursive: true });
    writeFileSync(
      join(project, "src/wrong.ts"),
      'import { defineTransform } from "gantry";\ndefineTransform({ applies: 1 });\n',
    );
    const compilerOptions = { strict: true, module: "nodenext", lib: ["es2023"], noEmit: true, types: [] };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    const { stdout } = await run(join(repository, "node_modules/.bin/tsc"), [], { cwd: project });
    const errors = stdout.split("\n").filter((line) => /error TS\d+/.test(line));
    expect(errors).toEqual([expect.stringMatching(/^src\/wrong\.ts\(2,.*'number' is not assignable/)]);
  });

  it("has defineTransform() itself", async () => {
    const script = 'import { defineTransform } from "gantry"; console.log(defineTransform({ ok: 1 }).ok);';
    expect(await runOk("node", ["--input-type=module", "-e", script], { cwd: project })).toBe("1\n");
  });

  it("plans, transforms and describes under Node, with transforms of one's own", async () => {
    const bundle = join(project, "bundle");
    await runOk(gantry, ["spec", "--bundle", bundle]);
    expect(await runOk(gantry, ["plan", "--bundle", bundle])).toContain("pivot");
    expect(JSON.parse(await runOk(gantry, ["features"]))).toHaveProperty("ociVersionMax");
    expect(await runOk(gantry, ["--version"])).toBe(`gantry ${version}\n`);
    expect(await runOk(gantry, ["plan", "--help"])).toContain("--explain");

    const own = join(dir, "transforms.d");
    mkdirSync(own);
    const apply = '(spec) => ({ spec: { ...spec, hostname: "changed" } })';
    writeFileSync(
      join(own, "rename.mjs"),
      `import { defineTransform } from "gantry";
       export default defineTransform({ applies: () => ({ applies: true, reason: "always" }), apply: ${apply} });`,
    );
    const config = join(dir, "config.toml");
    writeFileSync(config, `[transforms]\nenabled = ["rename"]\ndirectory = "${own}"\n`);
    const out = await runOk(gantry, ["--config", config, "transform", "--bundle", bundle]);
    expect(JSON.parse(out)).toMatchObject({ hostname: "changed" });
  });

  it("says which commands it has when it is asked for another", async () => {
    for (const args of [["kill", "x"], ["--root", "plan", "run", "x"], ["node", "install"], ["toString"]]) {
      expect(await run(gantry, args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("not in the npm package, which has plan, transform, features, spec"),
      });
    }
    expect(await run(gantry, ["--wrong"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("-wrong"),
    });
    expect(await run(gantry, ["plan", "--bundle", "/nowhere"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("/nowhere/config.json"),
    });
    for (const args of [[], ["help"], ["--help"]])
      expect(await runOk(gantry, args)).toContain("gantry transform [ID]");
    expect(existsSync("/run/gantry/x")).toBe(false);
  });
});

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
