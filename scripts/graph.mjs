// Prints which folder of src/ imports which, and fails on an import that points up the table below.
//
//   node scripts/graph.mjs [SRC_DIRECTORY]
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

// From the outside in; a folder may import those below it. The order is docs/CONTRIBUTING.md's.
const ORDER = [
  "bin",
  "shim",
  "events",
  "ttrpc",
  "client",
  "cli",
  "runtime",
  "executor",
  "transforms",
  "plan",
  "seccomp",
  "cgroups",
  "state",
  "images",
  "spec",
  "stdio",
  "installer",
  "host",
  "gen",
  "core",
];
// The process boundary: the shim's side may not reach into the runtime's, whatever the order says.
const FORBIDDEN = [
  ["client", "runtime"],
  ["shim", "runtime"],
  ["shim", "cli"],
  ["client", "cli"],
];

const source = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "../src");
const edges = new Map();
const complaints = [];
for (const file of typescriptFiles(source)) {
  const from = folderOf(file);
  if (!ORDER.includes(from))
    complaints.push(`${relative(source, file)}: the folder "${from}" is not in the table`);
  for (const target of importsOf(file)) {
    const to = folderOf(target);
    if (to === from) continue;
    edges.set(`${from} ${to}`, (edges.get(`${from} ${to}`) ?? 0) + 1);
    if (ORDER.indexOf(to) < ORDER.indexOf(from))
      complaints.push(`${relative(source, file)} imports up: ${to}`);
    if (FORBIDDEN.some(([a, b]) => a === from && b === to)) {
      complaints.push(`${relative(source, file)} imports ${to}: a process boundary lies between them`);
    }
  }
}

for (const from of ORDER) {
  const targets = ORDER.filter((to) => edges.has(`${from} ${to}`)).map(
    (to) => `${to}(${edges.get(`${from} ${to}`)})`,
  );
  if (targets.length > 0) console.log(`${from.padEnd(11)} -> ${targets.join(" ")}`);
}
for (const complaint of complaints) console.error(complaint);
process.exit(complaints.length === 0 ? 0 : 1);

function typescriptFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return typescriptFiles(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(file) {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g);
  return [...found].map(([, path]) => resolve(dirname(file), path));
}

function folderOf(path) {
  return relative(source, path).split("/")[0];
}
