import { type HostFiles, hostFiles } from "../../host/files.ts";
import { CgroupError } from "../errors.ts";

/** Which systemd keeps a container's unit. */
export interface UnitBus {
  /** D-Bus address; kept in state.json, so that whoever deletes the container asks the same systemd. */
  readonly address: string;
  /** A user's own manager rather than the machine's. */
  readonly isUser: boolean;
}

const SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

/**
 * The machine's systemd for its root; for anybody else, also for root of a user namespace, the user's own.
 *
 * @param uid ours as the host sees it: `hostUid`
 * @throws {CgroupError} code "no-systemd" when the user has no bus
 */
export function findUnitBus(env: Readonly<Record<string, string | undefined>>, uid: number): UnitBus {
  if (uid === 0) return { address: env["DBUS_SYSTEM_BUS_ADDRESS"] || SYSTEM_BUS, isUser: false };
  const runtimeDir = env["XDG_RUNTIME_DIR"];
  const address = env["DBUS_SESSION_BUS_ADDRESS"] || (runtimeDir ? `unix:path=${runtimeDir}/bus` : "");
  if (address !== "") return { address, isUser: true };
  throw new CgroupError(
    "no-systemd",
    "the systemd cgroup driver needs the user's bus: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set",
  );
}

/** A user id of our user namespace as the host's kernel knows it, which is what a bus is told. See user_namespaces(7). */
export function hostUid(uid: number, files: HostFiles = hostFiles): number {
  for (const line of (files.readText("/proc/self/uid_map") ?? "").split("\n")) {
    const [inside = Number.NaN, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (uid >= inside && uid < inside + count) return outside + (uid - inside);
  }
  return uid;
}
