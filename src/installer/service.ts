import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import { connectDbus, type DbusConnection } from "../host/dbus/connection.ts";
import type { DbusValue } from "../host/dbus/wire.ts";
import type { Daemon } from "./daemons.ts";
import { InstallError } from "./errors.ts";
import type { NodeRoot } from "./node-root.ts";

// systemd's own socket: there without dbus-daemon, and in a container without being in the host's process namespace.
const SOCKET = "/run/systemd/private";
const SERVICE = "org.freedesktop.systemd1";
const TIMEOUT_MS = 120_000;
const POLL_MS = 100;

/**
 * Restart the node's containerd; containers go on.
 *
 * @returns the unit, or undefined when systemd does not run it: somebody else must
 * @throws {InstallError} code "restart-failed"
 */
export async function restartDaemon(root: NodeRoot, daemon: Daemon): Promise<string | undefined> {
  const socket = root.path(SOCKET);
  if (!existsSync(socket)) return undefined;
  let bus: DbusConnection | undefined;
  try {
    bus = await connectDbus(
      { address: `unix:path=${socket}`, isBus: false },
      process.getuid?.() ?? 0,
      TIMEOUT_MS,
    );
    for (const name of daemon.units) {
      const unit = await findActive(bus, name);
      if (unit === undefined) continue;
      await restart(bus, name, unit);
      return name;
    }
    return undefined;
  } catch (error) {
    throw new InstallError("restart-failed", `${daemon.units.join(" or ")}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    bus?.close();
  }
}

async function findActive(bus: DbusConnection, name: string): Promise<string | undefined> {
  const [path] = await call(bus, "/org/freedesktop/systemd1", "Manager", "LoadUnit", "s", [name]);
  const unit = String(path);
  return ["active", "reloading"].includes(String(await property(bus, unit, "ActiveState")))
    ? unit
    : undefined;
}

async function restart(bus: DbusConnection, name: string, unit: string): Promise<void> {
  const before = String(await property(bus, unit, "ActiveEnterTimestampMonotonic"));
  await call(bus, "/org/freedesktop/systemd1", "Manager", "RestartUnit", "ss", [name, "replace"]);
  for (;;) {
    const state = String(await property(bus, unit, "ActiveState"));
    if (state === "failed") throw new Error(`${name} does not start; see journalctl -u ${name}`);
    const since = String(await property(bus, unit, "ActiveEnterTimestampMonotonic"));
    if (state === "active" && since !== before) return;
    await sleep(POLL_MS); // the connection's own deadline ends this
  }
}

async function property(bus: DbusConnection, unit: string, name: string): Promise<DbusValue | undefined> {
  const [answer] = await bus.call({
    destination: SERVICE,
    path: unit,
    interface: "org.freedesktop.DBus.Properties",
    member: "Get",
    signature: "ss",
    body: [`${SERVICE}.Unit`, name],
  });
  return typeof answer === "object" && "value" in answer ? (answer.value as DbusValue) : answer;
}

function call(
  bus: DbusConnection,
  path: string,
  part: string,
  member: string,
  signature: string,
  body: readonly DbusValue[],
): Promise<readonly DbusValue[]> {
  return bus.call({ destination: SERVICE, path, interface: `${SERVICE}.${part}`, member, signature, body });
}
