// Counts what a suite of others has printed (TAP) and compares its failures with those we know of.
//
//   node scripts/conformance-report.mjs SUITE VERSION RESULTS_DIR KNOWN_FAILURES FILE…
//
// A line of KNOWN_FAILURES is "SUITE VERSIONS FILE: CASE | REASON": VERSIONS are some with commas between them, or * for all; CASE may be *
// for the whole file.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [suite, version, resultsDir, knownPath, ...files] = process.argv.slice(2);

/** @returns {{name: string, result: "passed" | "failed" | "skipped"}[]} */
function parseTap(text) {
  const cases = [];
  for (const line of text.split(/\r?\n/)) {
    const found = /^(not )?ok \d+(?: # TODO)?(?: -)? ?(.*)$/.exec(line);
    if (found === null) continue;
    const [, not, rest] = found;
    const [name, note] = rest.split(/ ?# ?(?=skip|timeout)/i);
    const result = not ? "failed" : /^skip/i.test(note ?? "") ? "skipped" : "passed";
    cases.push({ name: name.trim(), result });
  }
  const planned = Number(/^1\.\.(\d+)/m.exec(text)?.[1] ?? Number.NaN);
  for (let missing = cases.length + 1; missing <= planned; missing++) {
    cases.push({ name: `case ${missing} has no result`, result: "failed" });
  }
  return cases;
}

function readKnown() {
  const known = [];
  for (const line of readFileSync(knownPath, "utf8").split("\n")) {
    const found = /^(\S+) (\S+) (\S+): (.*?) \| (.*)$/.exec(line);
    if (found === null) {
      if (line.trim() !== "" && !line.startsWith("#"))
        throw new Error(`${knownPath}: cannot read ${JSON.stringify(line)}`);
      continue;
    }
    const [, ofSuite, versions, file, name] = found;
    if (ofSuite !== suite || (versions !== "*" && !versions.split(",").includes(version))) continue;
    known.push({ file, name, seen: false });
  }
  return known;
}

const known = readKnown();
const counts = { passed: 0, failed: 0, skipped: 0 };
const unknown = [];
for (const file of files) {
  let cases = [];
  try {
    cases = parseTap(readFileSync(join(resultsDir, file), "utf8"));
  } catch {
    // no result at all: said below
  }
  if (cases.length === 0) cases = [{ name: "no results", result: "failed" }];
  for (const { name, result } of cases) {
    counts[result]++;
    if (result !== "failed") continue;
    const matching = known.filter(
      (entry) => entry.file === file && (entry.name === "*" || entry.name === name),
    );
    for (const entry of matching) entry.seen = true;
    if (matching.length === 0) unknown.push(`${file}: ${name}`);
  }
}
for (const failure of unknown) console.log(`FAILED ${suite} ${version} ${failure}`);
for (const { file, name, seen } of known) {
  if (!seen && files.includes(file)) console.log(`known to fail, but passes: ${file}: ${name}`);
}
console.log(
  `${suite} ${version}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped; ${unknown.length} of the failures are new`,
);
process.exitCode = unknown.length > 0 ? 1 : 0;
