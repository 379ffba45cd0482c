import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFiles } from "../../helpers/host.ts";
import { runOk } from "../../helpers/run.ts";
import { openStreams, type StreamOptions, type Streams } from "../../helpers/streams.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { running, withProcess } from "../runtime/harness.ts";
import { processAny, type Served, ShimBench } from "./harness.ts";

let shim: ShimBench;
let open: Streams[] = [];
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(async () => {
  for (const streams of open) streams.dispose();
  open = [];
  await shim.dispose();
});

async function streamsFor(options?: StreamOptions): Promise<Streams> {
  const streams = await openStreams(shim.bench.dir, options);
  open.push(streams);
  return streams;
}

async function finish({ task, id }: Served): Promise<void> {
  await task.delete(id);
  await task.shutdown(id);
}

describe("the client's fifos", () => {
  it("reach their end when the process has ended, before anybody calls Delete", async () => {
    const served = await shim.serve("c1", running("echo out; echo err >&2"));
    const streams = await streamsFor();
    await served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths });
    await served.task.start("c1");
    await within("exit", served.task.wait("c1"));
    // containerd's client waits for this before it calls Delete: held until then, every deletion would hang.
    await streams.drained();
    expect([streams.stdout(), streams.stderr()]).toEqual(["out\n", "err\n"]);
    await finish(served);
  });

  it("reach their end when a container dies that was never started", async () => {
    const served = await shim.serve("c1", running("true"));
    const streams = await streamsFor({ stdin: true });
    await served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths });
    await served.task.kill("c1", 9);
    await within("exit", served.task.wait("c1"));
    await streams.drained();
    await finish(served);
  });

  it("reach their end when Create fails", async () => {
    const served = await shim.serve("c1", (spec) => ({
      ...spec,
      mounts: [
        ...(spec.mounts ?? []),
        { destination: "/x", type: "bind", source: "/no/such/source", options: ["bind"] },
      ],
    }));
    const streams = await streamsFor({ stdin: true });
    const create = served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths });
    await expect(create).rejects.toThrow(/no\/such\/source/);
    // Our readers are still waiting for a first writer if nobody has opened the fifos; then there is nothing to end.
    const isHeld = () => openFiles(served.shimPid).some((file) => file === streams.paths.stdout);
    expect(isHeld()).toBe(false);
    await served.task.shutdown("c1");
  });

  it("are not held by the server itself, whose end would otherwise be a container's", async () => {
    const served = await shim.serve("c1", running("sleep 1000"));
    const streams = await streamsFor({ stdin: true });
    await served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths });
    await served.task.start("c1");
    const paths = Object.values(streams.paths);
    expect(openFiles(served.shimPid).filter((file) => paths.includes(file))).toEqual([]);
    await served.task.kill("c1", 9);
    await within("exit", served.task.wait("c1"));
    await finish(served);
  });

  it("may have no reader yet: Create waits for it, so that nothing is lost, and nobody waits for Create", async () => {
    const served = await shim.serve("c1", running("echo early"));
    const out = join(shim.bench.dir, "out");
    await runOk("mkfifo", [out]);
    const creating = served.task.create({ id: "c1", bundle: served.bundle, stdout: out });
    await expect(within("Create", creating, 200)).rejects.toThrow(/longer than 200 ms/);
    expect((await served.task.connect("c1")).taskPid).toBe(0);
    const fd = openSync(out, constants.O_RDONLY | constants.O_NONBLOCK);
    await within("Create", creating);
    await within("Start", served.task.start("c1"));
    await within("exit", served.task.wait("c1"));
    closeSync(fd);
    await finish(served);
  });

  it("of an exec reach their end though a grandchild keeps its output", async () => {
    const served = await shim.serve("c1", running("sleep 1000"));
    await served.task.create({ id: "c1", bundle: served.bundle });
    await served.task.start("c1");
    const streams = await streamsFor();
    const spec = processAny(["sh", "-c", "echo said; sleep 1000 & exit 6"]);
    await served.task.exec({ id: "c1", execId: "e", spec, ...streams.paths });
    await served.task.start("c1", "e");
    expect(await within("exit", served.task.wait("c1", "e"), 2_000)).toMatchObject({ exitStatus: 6 });
    await within("Delete", served.task.delete("c1", "e"), 5_000);
    await streams.drained();
    expect(streams.stdout()).toBe("said\n");
    await served.task.kill("c1", 9);
    await within("exit", served.task.wait("c1"));
    await finish(served);
  });
});

describe("standard input", () => {
  it("ends at once when there is none, and CloseIO is no error then", async () => {
    const served = await shim.serve("c1", running("cat; echo end"));
    const streams = await streamsFor();
    await served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths });
    await served.task.closeIo("c1");
    await served.task.start("c1");
    await within("exit", served.task.wait("c1"));
    await served.task.closeIo("c1");
    await streams.drained();
    expect(streams.stdout()).toBe("end\n");
    await finish(served);
  });

  it("ends after CloseIO and what was written before it, and CloseIO may come twice, and after the end", async () => {
    const served = await shim.serve("c1", running("cat; echo end"));
    const streams = await streamsFor({ stdin: true });
    await served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths });
    streams.write("one\n");
    await streams.endInput();
    await served.task.closeIo("c1");
    await served.task.closeIo("c1");
    await served.task.start("c1");
    await within("exit", served.task.wait("c1"));
    await served.task.closeIo("c1");
    await streams.drained();
    expect(streams.stdout()).toBe("one\nend\n");
    await finish(served);
  });

  it("of an exec ends when CloseIO came before Start", async () => {
    const served = await shim.serve("c1", running("sleep 1000"));
    await served.task.create({ id: "c1", bundle: served.bundle });
    await served.task.start("c1");
    const streams = await streamsFor({ stdin: true });
    await served.task.exec({
      id: "c1",
      execId: "e",
      spec: processAny(["sh", "-c", "cat; echo end"]),
      ...streams.paths,
    });
    await served.task.closeIo("c1", "e");
    await served.task.start("c1", "e");
    streams.write("late\n");
    await streams.endInput();
    await within("exit", served.task.wait("c1", "e"));
    await streams.drained();
    expect(streams.stdout()).toBe("late\nend\n");
    await served.task.delete("c1", "e");
    await served.task.kill("c1", 9);
    await within("exit", served.task.wait("c1"));
    await finish(served);
  });

  it("whose fifo has no writer yet holds up neither Create nor Start, and reads what comes later", async () => {
    const served = await shim.serve("c1", running("read line; echo got $line"));
    const streams = await streamsFor();
    const stdin = join(shim.bench.dir, "in");
    await runOk("mkfifo", [stdin]);
    await within("Create", served.task.create({ id: "c1", bundle: served.bundle, ...streams.paths, stdin }));
    await within("Start", served.task.start("c1"));
    const fd = openSync(stdin, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(fd, "it\n");
    closeSync(fd);
    await within("exit", served.task.wait("c1"));
    await streams.drained();
    expect(streams.stdout()).toBe("got it\n");
    await finish(served);
  });
});

describe("stdio strings", () => {
  it("are given back by State as they came", async () => {
    const served = await shim.serve("c1", running("true"));
    const streams = await streamsFor({ stdin: true });
    const strings = { ...streams.paths, stdout: `fifo://${streams.paths.stdout}` };
    await served.task.create({ id: "c1", bundle: served.bundle, ...strings });
    expect(await served.task.state("c1")).toMatchObject({ ...strings, terminal: false });
    await finish(served);
  });

  it.each([["http://x/y"], ["relative/path"], ["ttrpc+unix:///run/x?streaming_id=1"]])(
    "that cannot work are refused before anything is made: %s",
    async (stdout) => {
      const served = await shim.serve("c1", running("true"));
      await expect(served.task.create({ id: "c1", bundle: served.bundle, stdout })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
      await served.task.shutdown("c1");
    },
  );

  it("of a terminal: resized, read and written, and its master gone with the process", async () => {
    const served = await shim.serve(
      "c1",
      withProcess({ terminal: true, args: ["sh", "-c", "read x; stty size"] }),
    );
    const streams = await streamsFor({ stdin: true, terminal: true });
    await served.task.create({ id: "c1", bundle: served.bundle, terminal: true, ...streams.paths });
    await served.task.resize("c1", "", 132, 43);
    await served.task.start("c1");
    streams.write("x\n");
    await within("exit", served.task.wait("c1"));
    await served.task.resize("c1", "", 80, 24);
    await streams.drained();
    expect(streams.stdout()).toContain("43 132");
    await waitFor("no master to be held", () => !openFiles(served.shimPid).some((file) => /ptmx/.test(file)));
    await finish(served);
  });
});
