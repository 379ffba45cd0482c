// Prints "PASSED FAILED SKIPPED" from vitest's JSON report.
//
//   node scripts/count-tests.mjs REPORT EXIT_STATUS
import { readFileSync } from "node:fs";

const [report, status] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(report, "utf8"));
const tests = testResults.flatMap((file) => file.assertionResults);
const passed = tests.filter((test) => test.status === "passed").length;
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");
let failed = tests.filter((test) => test.status === "failed").length;
// A file that cannot be loaded, or an error outside any test, has no test to blame.
failed += testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
if (status !== "0" && failed === 0) failed = 1;

process.stdout.write(`${passed} ${failed} ${skipped.length}\n`);
