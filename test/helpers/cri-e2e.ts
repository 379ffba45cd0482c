import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { type Cri, type CriOptions, startCri } from "./cri.ts";
import { type ContainerdVersion, containerdVersions, testRuntime } from "./paths.ts";
import { expectNothingNew, type Inventory } from "./sandbox-leaks.ts";

/**
 * A block of tests for containerd's CRI plugin, with the oldest containerd only unless GANTRY_TEST_CONTAINERD says more. Each test
 * starts and ends with no pod; a leak fails the test that made it.
 *
 * @param options `onNewest`: also with the newest containerd by default
 */
export function describeWithCri(
  title: string,
  tests: (cri: () => Cri, version: ContainerdVersion) => void,
  options: { readonly onNewest?: boolean; readonly cri?: Partial<CriOptions> } = {},
): void {
  const isChosen = process.env["GANTRY_TEST_CONTAINERD"] !== undefined;
  const versions =
    isChosen || options.onNewest === true ? containerdVersions : containerdVersions.slice(0, 1);
  describe.each(versions)(`${title} (CRI of containerd %s, ${testRuntime})`, (version) => {
    let cri: Cri | undefined;
    let before: Inventory = new Set();
    const current = () => {
      if (!cri) throw new Error("containerd did not start");
      return cri;
    };

    beforeAll(async () => {
      cri = await startCri({ version, ...options.cri });
    });
    afterAll(async () => {
      await cri?.stop();
    });
    beforeEach(() => {
      before = current().inventory();
    });
    afterEach(async (context) => {
      if (context.task.result?.state === "fail") await current().reset();
      await expectNothingNew(current().inventory, before);
    });

    tests(current, version);
  });
}
