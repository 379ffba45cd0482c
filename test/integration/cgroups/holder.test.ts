import { join } from "node:path";
import { expect, it } from "vitest";
import { startHolder } from "../../../src/executor/holder.ts";
import { readProcessStat } from "../../../src/host/proc.ts";
import { distBin } from "../../helpers/paths.ts";

const gantryInit = join(process.env["GANTRY_TEST_BIN"] ?? distBin, "gantry-init");

it("startHolder() starts a process that is gone once it is released", async () => {
  const holder = await startHolder(gantryInit);
  expect(readProcessStat(holder.pid)?.name).toBe("gantry-init");
  await holder.release();
  expect(readProcessStat(holder.pid)).toBeUndefined();
});

it("startHolder() lets go of one that was killed", async () => {
  const holder = await startHolder(gantryInit);
  process.kill(holder.pid, "SIGKILL");
  await holder.release();
});

it("startHolder() says what it could not start", async () => {
  await expect(startHolder("/nowhere")).rejects.toThrowError(
    expect.objectContaining({ code: "spawn-failed" }),
  );
});
