import { expect, it } from "vitest";
import type { EventLog } from "../helpers/api.ts";
import { createContainer, runContainer, startContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { isGantry } from "../helpers/paths.ts";
import { waitFor, within } from "../helpers/wait.ts";

/** Topics (without "/tasks/") of a container's events; execs' exits as "exit <exec id>". */
function story(log: EventLog, id: string): string[] {
  return log.of(id).map(({ topic, event }) => {
    const name = topic.replace("/tasks/", "");
    const subject = event["exec_id"] ?? event["id"];
    return typeof subject === "string" && subject !== "" && subject !== id ? `${name} ${subject}` : name;
  });
}

describeWithContainerd("events", (containerd) => {
  it("tells create, start, exit and delete in this order, with the facts", async () => {
    const log = containerd().api.events();
    const container = await startContainer(containerd(), { args: ["sh", "-c", "exit 9"] });
    await within("exit", container.exit);
    await container.finish();
    await log.find("delete", ({ topic }) => topic === "/tasks/delete");
    expect(story(log, container.id)).toEqual(["create", "start", "exit", "delete"]);
    const [create, start, exit, removed] = log.of(container.id).map(({ event }) => event);
    expect(create).toMatchObject({
      pid: container.pid,
      io: { stdout: container.streams?.paths.stdout, terminal: false },
    });
    expect(String(create?.["bundle"])).toMatch(new RegExp(`/${container.id}$`));
    expect(start).toMatchObject({ pid: container.pid });
    expect(exit).toMatchObject({ id: container.id, pid: container.pid, exit_status: 9 });
    expect(removed).toMatchObject({ pid: container.pid, exit_status: 9, exited_at: exit?.["exited_at"] });
    log.close();
    await container.remove();
  });

  it("never tells an exit before the start, however short the life", async () => {
    const log = containerd().api.events();
    const ids = Array.from({ length: 12 }, (_, i) => `short${i}`);
    for (let i = 0; i < ids.length; i += 4) {
      await Promise.all(
        ids.slice(i, i + 4).map((id) => runContainer(containerd(), { id, args: ["true"], stdio: {} })),
      );
    }
    // runc's shim may end before its queue is empty and lose a delete event: tolerated there, not here.
    const last = isGantry ? "delete" : "exit";
    await waitFor(`every ${last} event`, () => ids.every((id) => story(log, id).includes(last)));
    for (const id of ids) {
      expect(story(log, id).slice(0, isGantry ? 4 : 3), id).toEqual(
        ["create", "start", "exit", "delete"].slice(0, isGantry ? 4 : 3),
      );
    }
    log.close();
  });

  it("tells an exec's life, and every exec's exit before init's", async () => {
    const log = containerd().api.events();
    const container = await startContainer(containerd(), { args: ["sleep", "1000"] });
    const execs = await Promise.all(
      ["x1", "x2", "x3"].map((execId) => container.addExec(["sleep", "1000"], { execId })),
    );
    for (const one of execs) await one.start();
    await container.kill(9);
    await within("exit", container.exit);
    await Promise.all(execs.map((one) => one.finish()));
    await container.finish();
    await log.find("delete", ({ topic, event }) => topic === "/tasks/delete" && event["id"] !== "x1");
    const told = story(log, container.id).filter((line) => !/^delete x/.test(line));
    for (const id of ["x1", "x2", "x3"]) {
      const added = told.indexOf(`exec-added ${id}`);
      const started = told.indexOf(`exec-started ${id}`);
      const exited = told.indexOf(`exit ${id}`);
      expect(added, id).toBeGreaterThan(-1);
      expect(started, id).toBeGreaterThan(added);
      expect(exited, id).toBeGreaterThan(started);
      expect(told.indexOf("exit"), id).toBeGreaterThan(exited);
    }
    expect(told.slice(0, 2)).toEqual(["create", "start"]);
    expect(told.at(-1)).toBe("delete");
    log.close();
    await container.remove();
  });

  it("tells pause and resume", async () => {
    const log = containerd().api.events();
    const container = await startContainer(containerd(), { args: ["sleep", "1000"] });
    await containerd().api.tasks.pause(container.id);
    await containerd().api.tasks.resume(container.id);
    await log.find("resumed", ({ topic }) => topic === "/tasks/resumed");
    expect(story(log, container.id)).toEqual(["create", "start", "paused", "resumed"]);
    log.close();
    await container.remove();
  });

  it("tells exit and delete of a container that was never started", async () => {
    const log = containerd().api.events();
    const container = await createContainer(containerd(), { args: ["true"] });
    await container.remove();
    await log.find("delete", ({ topic }) => topic === "/tasks/delete");
    const told = story(log, container.id);
    log.close();
    expect(told).toEqual(["create", "exit", "delete"]);
  });

  it("tells nothing about a container that could not be created", async () => {
    const log = containerd().api.events();
    await expect(
      startContainer(containerd(), { id: "failing", args: ["/no/such/program"] }),
    ).rejects.toThrow();
    await runContainer(containerd(), { id: "marker", args: ["true"] });
    await log.find(
      "the marker's delete",
      ({ topic, event }) => topic === "/tasks/delete" && event["container_id"] === "marker",
    );
    expect(story(log, "failing").filter((line) => line === "exit" || line === "start")).toEqual([]);
    log.close();
  });
});
