import { clearOverlay, listOverlays, type OverlayState } from "../runtime/shared-overlay.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";

/** `overlay ls|reset|rm`: what host processes have written. */
export async function runOverlay(call: CommandCall): Promise<number> {
  const { bools, positional } = call.flags;
  const [action, ...names] = positional;
  const base = (await call.runtime.readConfig()).hostProcess.overlayBase;
  const overlays = listOverlays(base);
  switch (action) {
    case "ls":
      if (names.length > 0) throw new CliError("bad-arguments", "overlay ls takes no names");
      call.print(bools.get("json") === true ? `${JSON.stringify(overlays)}\n` : formatTable(overlays));
      return 0;
    case "reset":
    case "rm": {
      const isUnused = bools.get("unused") === true;
      if (isUnused === names.length > 0) {
        throw new CliError("bad-arguments", `overlay ${action} needs names, or --unused`);
      }
      const unused = overlays.filter(({ users }) => users.length === 0).map(({ name }) => name);
      for (const name of isUnused ? unused : names) {
        await clearOverlay(call.runtime, base, name, action === "rm");
        call.print(`${name}\n`);
      }
      return 0;
    }
    default:
      throw new CliError("bad-arguments", "overlay needs one of ls, reset, rm");
  }
}

function formatTable(overlays: readonly OverlayState[]): string {
  const rows = [
    ["NAME", "USERS", "FILES", "BYTES", "CHANGED"],
    ...overlays.map(({ name, users, files, bytes, changedAt }) => {
      return [name, String(users.length), String(files), String(bytes), changedAt.toISOString()];
    }),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length)) + 3;
  return rows
    .map(([name = "", ...cells]) => `${name.padEnd(width)}${cells.map((cell) => cell.padEnd(12)).join("")}`)
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
