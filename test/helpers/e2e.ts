import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { type Containerd, startContainerd } from "./containerd.ts";
import { expectNoLeaks, type Snapshot, snapshotHost } from "./leaks.ts";
import { type ContainerdVersion, containerdVersions, testRuntime } from "./paths.ts";

/**
 * A block of tests for every containerd version under test. Each test starts and ends with nothing running; a leak
 * fails the test that made it.
 *
 * @param tests defines the tests; the function it gets returns the running containerd
 */
export function describeWithContainerd(
  title: string,
  tests: (containerd: () => Containerd, version: ContainerdVersion) => void,
): void {
  describe.each(containerdVersions)(`${title} (containerd %s, ${testRuntime})`, (version) => {
    let containerd: Containerd | undefined;
    let before: Snapshot | undefined;
    const current = () => {
      if (!containerd) throw new Error("containerd did not start");
      return containerd;
    };

    beforeAll(async () => {
      containerd = await startContainerd(version);
    });
    afterAll(async () => {
      await containerd?.stop();
    });
    beforeEach(() => {
      before = snapshotHost(current());
    });
    afterEach(async (context) => {
      // A test that failed half-way leaves its containers: remove them, so that the next one starts clean.
      if (context.task.result?.state === "fail") await current().reset();
      if (before) await expectNoLeaks(current(), before);
    });

    tests(current, version);
  });
}
