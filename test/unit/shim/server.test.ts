import { describe, expect, it } from "vitest";
import { idleCheck } from "../../../src/shim/server.ts";
import type { Container } from "../../../src/shim/task/container.ts";
import type { ShimContext } from "../../../src/shim/task/shim-context.ts";

function anIdleServer() {
  const shim = { containers: new Map<string, Container>(), creating: new Map<string, Promise<unknown>>() };
  const server = { connections: 0 };
  const reasons: string[] = [];
  const check = idleCheck(shim as unknown as ShimContext, server, (reason) => reasons.push(reason));
  const checks = async (count: number) => {
    for (let i = 0; i < count; i++) await check();
    return reasons.length > 0;
  };
  return { shim, server, checks };
}

describe("idleCheck()", () => {
  it("ends a server that had neither containers nor connections several times in a row", async () => {
    const { checks } = anIdleServer();
    expect(await checks(3)).toBe(false);
    expect(await checks(1)).toBe(true);
  });

  it.each<[string, (idle: ReturnType<typeof anIdleServer>) => () => void]>([
    [
      "a connection",
      ({ server }) => {
        server.connections = 1;
        return () => {
          server.connections = 0;
        };
      },
    ],
    [
      "a Create under way",
      ({ shim }) => {
        shim.creating.set("c1", Promise.resolve());
        return () => shim.creating.clear();
      },
    ],
    [
      "a container",
      ({ shim }) => {
        shim.containers.set("c1", { init: {}, record: {} } as Container);
        return () => shim.containers.clear();
      },
    ],
  ])("begins to count anew after %s", async (_, keep) => {
    const idle = anIdleServer();
    await idle.checks(3);
    const undo = keep(idle);
    expect(await idle.checks(10)).toBe(false);
    undo();
    expect(await idle.checks(3)).toBe(false);
    expect(await idle.checks(1)).toBe(true);
  });
});
