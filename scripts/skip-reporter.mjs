// A vitest reporter that prints every skipped test with its reason; the built-in ones keep the reason to themselves.
/** @implements {import("vitest/reporters").Reporter} */
class SkipReporter {
  onTestCaseResult(test) {
    const { state, note } = test.result();
    if (state === "skipped")
      process.stderr.write(`skipped: ${test.fullName}: ${note ?? "no reason given"}\n`);
  }
}

// biome-ignore lint/style/noDefaultExport: how vitest finds a reporter in a file
export default SkipReporter;
