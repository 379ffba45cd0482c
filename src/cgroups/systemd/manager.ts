import { setTimeout as sleep } from "node:timers/promises";

import { addMatch, connectDbus, type DbusAddress, type DbusConnection } from "../../host/dbus/connection.ts";
import { DbusError } from "../../host/dbus/errors.ts";
import type { DbusMessage } from "../../host/dbus/message.ts";
import type { DbusValue, Variant } from "../../host/dbus/wire.ts";
import { type HostFiles, hostFiles } from "../../host/files.ts";
import { CgroupError } from "../errors.ts";
import type { UnitProperty } from "./limits.ts";
import { isSlice } from "./unit.ts";

/** The calls to org.freedesktop.systemd1.Manager that we need. One connection; close it. */
export interface SystemdManager {
  /** E.g. 252. */
  version(): Promise<number>;
  /** The cgroup of the manager itself below the mount point: "/" or "/user.slice/…/user@1000.service". */
  controlGroup(): Promise<string>;
  /** Start a transient unit and wait until it is there. @throws {CgroupError} code "unit-failed" */
  startUnit(unit: string, properties: readonly UnitProperty[]): Promise<void>;
  /** Until the unit ends or the machine is started again. */
  setProperties(unit: string, properties: readonly UnitProperty[]): Promise<void>;
  /** As `setProperties` takes them. */
  readProperties(unit: string, names: readonly string[]): Promise<readonly UnitProperty[]>;
  /** Stop a unit, wait, and forget that it failed; one that is not there is fine. */
  stopUnit(unit: string): Promise<void>;
  close(): void;
}

const SERVICE = "org.freedesktop.systemd1";
const PATH = "/org/freedesktop/systemd1";
const MANAGER = `${SERVICE}.Manager`;
const TIMEOUT_MS = 30_000;
/** How often to look whether a unit that is being stopped is still there. */
const LOOK_MS = 500;
/** systemd's own socket, for root, on machines without a bus daemon. */
const PRIVATE_SOCKET = "unix:path=/run/systemd/private";

/**
 * Connect to the systemd behind a bus.
 *
 * @param address of the bus; a system bus that is not there is replaced by systemd's own socket
 * @throws {CgroupError} code "no-systemd"; {DbusError}
 */
export async function openSystemd(
  address: string,
  uid: number,
  files: HostFiles = hostFiles,
): Promise<SystemdManager> {
  // sd_booted(3)
  if (!files.exists("/run/systemd/system")) {
    throw new CgroupError(
      "no-systemd",
      "the systemd cgroup driver needs systemd, which this host does not run",
    );
  }
  const { connection, isBus } = await connect(address, uid);
  try {
    if (isBus) {
      await addMatch(
        connection,
        `type='signal',sender='${SERVICE}',path='${PATH}',interface='${MANAGER}',member='JobRemoved'`,
      );
    }
  } catch (error) {
    connection.close();
    throw error;
  }
  return new Manager(connection);
}

async function connect(
  address: string,
  uid: number,
): Promise<{ connection: DbusConnection; isBus: boolean }> {
  const addresses: DbusAddress[] = [
    { address, isBus: true },
    ...(uid === 0 ? [{ address: PRIVATE_SOCKET, isBus: false }] : []),
  ];
  let failure: unknown;
  for (const candidate of addresses) {
    try {
      return { connection: await connectDbus(candidate, uid, TIMEOUT_MS), isBus: candidate.isBus };
    } catch (error) {
      if (!(error instanceof DbusError && error.code === "unreachable")) throw error;
      failure ??= error; // what was asked for is what to report
    }
  }
  throw failure;
}

class Manager implements SystemdManager {
  readonly #connection: DbusConnection;

  constructor(connection: DbusConnection) {
    this.#connection = connection;
  }

  async version(): Promise<number> {
    const text = await this.#property("Version");
    const match = /^v?(\d+)/.exec(text); // "252.39-1~deb12u1", "v245-1"
    if (match === null) throw new CgroupError("no-systemd", `systemd's version is ${JSON.stringify(text)}`);
    return Number(match[1]);
  }

  controlGroup(): Promise<string> {
    return this.#property("ControlGroup");
  }

  async startUnit(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    const body = [unit, "replace", properties, []];
    const start = () => this.#job(unit, "StartTransientUnit", "ssa(sv)a(sa(sv))", body);
    try {
      await start();
    } catch (error) {
      // Of a container of that name that failed: systemd remembers it until it is told not to.
      if (!isNamed(error, "UnitExists")) throw error;
      await this.#resetFailed(unit);
      await start();
    }
  }

  async setProperties(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    if (properties.length > 0) await this.#call("SetUnitProperties", "sba(sv)", [unit, true, properties]);
  }

  async readProperties(unit: string, names: readonly string[]): Promise<readonly UnitProperty[]> {
    if (names.length === 0) return [];
    const [path] = await this.#call("GetUnit", "s", [unit]);
    const kind = isSlice(unit) ? "Slice" : "Scope";
    const properties: UnitProperty[] = [];
    for (const name of names) {
      properties.push([name, await this.#get(String(path), `${SERVICE}.${kind}`, name)]);
    }
    return properties;
  }

  async stopUnit(unit: string): Promise<void> {
    try {
      const [job] = await this.#call("StopUnit", "ss", [unit, "replace"]);
      await this.#stopped(unit, job);
    } catch (error) {
      if (!isNamed(error, "NoSuchUnit")) throw error;
    }
    await this.#resetFailed(unit);
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * The end of a job that stops a unit. It may never be told: systemd forgets a scope by itself when it is empty, and its
   * connections when it is started anew. So the unit is looked for, too.
   */
  async #stopped(unit: string, job: DbusValue | undefined): Promise<void> {
    let isOver = false;
    const told = this.#result("StopUnit", unit, job).finally(() => {
      isOver = true;
    });
    const isGone = async (): Promise<void> => {
      for (;;) {
        await sleep(LOOK_MS);
        if (isOver || !(await this.#isLoaded(unit))) return;
      }
    };
    await Promise.race([told, isGone()]);
    told.catch(() => {}); // it has come too late to matter
  }

  async #isLoaded(unit: string): Promise<boolean> {
    try {
      await this.#call("GetUnit", "s", [unit]);
      return true;
    } catch (error) {
      if (isNamed(error, "NoSuchUnit")) return false;
      throw error;
    }
  }

  async #resetFailed(unit: string): Promise<void> {
    try {
      await this.#call("ResetFailedUnit", "s", [unit]);
    } catch (error) {
      if (!isNamed(error, "NoSuchUnit")) throw error;
    }
  }

  /** Calls that only begin something answer with a job; JobRemoved says how it ended. */
  async #job(unit: string, member: string, signature: string, body: readonly DbusValue[]): Promise<void> {
    const [job] = await this.#call(member, signature, body);
    await this.#result(member, unit, job);
  }

  async #result(member: string, unit: string, job: DbusValue | undefined): Promise<void> {
    const result = await this.#connection.signal((message) => resultOf(message, job));
    if (result === "done") return;
    throw new CgroupError(
      "unit-failed",
      `systemd could not ${describe(member)} ${unit}: the job is "${result}"`,
    );
  }

  async #property(name: string): Promise<string> {
    return String((await this.#get(PATH, MANAGER, name)).value);
  }

  async #get(path: string, ofInterface: string, name: string): Promise<Variant> {
    const [answer] = await this.#connection.call({
      destination: SERVICE,
      path,
      interface: "org.freedesktop.DBus.Properties",
      member: "Get",
      signature: "ss",
      body: [ofInterface, name],
    });
    if (typeof answer === "object" && "value" in answer) return answer;
    throw new CgroupError("no-systemd", `systemd has no value for ${name}`);
  }

  #call(member: string, signature: string, body: readonly DbusValue[]): Promise<readonly DbusValue[]> {
    return this.#connection.call({
      destination: SERVICE,
      path: PATH,
      interface: MANAGER,
      member,
      signature,
      body,
    });
  }
}

/** JobRemoved(u id, o job, s unit, s result) */
function resultOf(message: DbusMessage, job: DbusValue | undefined): string | undefined {
  const isOurs = message.member === "JobRemoved" && message.interface === MANAGER && message.body[1] === job;
  return isOurs ? String(message.body[3]) : undefined;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DbusError && error.errorName === `${SERVICE}.${name}`;
}

function describe(member: string): string {
  return member === "StopUnit" ? "stop" : "start";
}
