// Prints a bill of materials (CycloneDX 1.5) of the programs in dist/bin: the npm packages that package-lock.json has for
// production, and what is linked into the executables. No time and no random number: the same input gives the same bytes.
//
//   node scripts/sbom.mjs
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const { name, version, license } = packages[""];

const components = [...npmComponents(), ...linkedComponents()].sort((a, b) =>
  a["bom-ref"] < b["bom-ref"] ? -1 : 1,
);
process.stdout.write(
  `${JSON.stringify(
    {
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      version: 1,
      metadata: {
        component: component("application", name, version, license, `pkg:generic/${name}@${version}`),
      },
      components,
    },
    null,
    2,
  )}\n`,
);

function npmComponents() {
  const found = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    // Optional is only Bun, which is named below.
    if (path === "" || entry.dev || entry.devOptional || entry.optional) continue;
    const packageName = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    if (!entry.license) throw new Error(`package-lock.json: ${path} has no license`);
    const purl = `pkg:npm/${packageName.replace("@", "%40")}@${entry.version}`;
    const [algorithm, digest] = entry.integrity.split("-");
    if (algorithm !== "sha512") throw new Error(`package-lock.json: ${path}: not a sha512`);
    found.set(purl, {
      ...component("library", packageName, entry.version, entry.license, purl),
      hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }],
    });
  }
  return found.values();
}

// All of it is linked statically: gantry-init with glibc and libseccomp, the stub and gantry-runtime with musl.
function linkedComponents() {
  const bun = Object.entries(packages).find(([path]) => path.startsWith("node_modules/@oven/bun-"));
  if (bun === undefined) throw new Error("package-lock.json has no Bun");
  return [
    component(
      "framework",
      "bun",
      bun[1].version,
      "MIT AND LGPL-2.0-or-later",
      `pkg:generic/bun@${bun[1].version}`,
    ),
    debian("libseccomp-dev", "libseccomp", "LGPL-2.1-only"),
    debian("libc6-dev", "glibc", "LGPL-2.1-or-later"),
    debian("musl-dev", "musl", "MIT"),
  ];
}

function debian(packageName, library, spdx) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what dpkg-query calls a field
  const found = execFileSync("dpkg-query", ["-W", "-f", "${Version}", packageName], { encoding: "utf8" });
  return component(
    "library",
    library,
    found,
    spdx,
    `pkg:deb/debian/${packageName}@${encodeURIComponent(found)}`,
  );
}

// `expression` also takes a single SPDX identifier.
function component(type, componentName, componentVersion, spdx, purl) {
  return {
    type,
    "bom-ref": purl,
    name: componentName,
    version: componentVersion,
    licenses: [{ expression: spdx }],
    purl,
  };
}
