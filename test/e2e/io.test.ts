import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodeAny } from "../helpers/api.ts";
import { runContainer, startContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { isGantry } from "../helpers/paths.ts";
import { runOk } from "../helpers/run.ts";
import { waitFor, within } from "../helpers/wait.ts";

const MIB = 1 << 20;

describeWithContainerd("stdio", (containerd) => {
  it("carries 100 MB of output without loss or reordering", async () => {
    // Numbered lines of nine bytes: only this order and all of it has the right sum.
    const numbers = ["10000001", "21000000"];
    const container = await startContainer(containerd(), { args: ["seq", ...numbers] });
    await within("exit", container.exit, 90_000);
    await container.streams?.drained(60_000);
    const bytes = container.streams?.stdoutBytes() ?? Buffer.alloc(0);
    expect(bytes.length).toBe(11_000_000 * 9);
    const expected = await runOk("sh", ["-c", `seq ${numbers.join(" ")} | sha256sum | cut -d ' ' -f 1`]);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(expected.trim());
    await container.remove();
  });

  it("carries bytes of any value", async () => {
    const container = await startContainer(containerd(), { args: ["cat"], stdin: true });
    const data = Buffer.from(Array.from({ length: 256 * 64 }, (_, i) => i % 256));
    container.streams?.write(data);
    await container.endInput();
    await container.finish();
    expect(container.streams?.stdoutBytes().equals(data)).toBe(true);
    await container.remove();
  });

  it("delivers all of a large standard input before its end", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "sleep 0.3; wc -c"],
      stdin: true,
    });
    container.streams?.write(Buffer.alloc(8 * MIB, 0x61));
    await container.endInput();
    await container.finish();
    expect(container.stdout().trim()).toBe(String(8 * MIB));
    await container.remove();
  });

  it("keeps standard input open until CloseIO", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "cat; echo end"],
      stdin: true,
    });
    container.streams?.write("one\n");
    await waitFor("the first line", () => container.stdout() === "one\n");
    await container.streams?.endInput();
    // Our writer is gone; only CloseIO may end the input.
    expect(await container.state()).toMatchObject({ status: "RUNNING" });
    expect(container.stdout()).toBe("one\n");
    await containerd().api.tasks.closeStdin(container.target);
    await container.finish();
    expect(container.stdout()).toBe("one\nend\n");
    await container.remove();
  });

  it("gives end of file at once where no standard input was asked for", async () => {
    const done = await runContainer(containerd(), { args: ["sh", "-c", "cat; echo end"] });
    expect(done).toMatchObject({ status: 0, stdout: "end\n" });
  });

  it("runs without any stream", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "cat; echo lost; exit 6"],
      stdio: {},
    });
    expect(await within("exit", container.exit)).toMatchObject({ exit_status: 6 });
    await container.remove();
  });

  it("lets a user who is not root write to /dev/stdout and /dev/stderr", async () => {
    const done = await runContainer(containerd(), {
      uid: 1000,
      gid: 1000,
      args: ["sh", "-c", "echo out > /dev/stdout; echo err > /dev/stderr; echo again > /proc/self/fd/1"],
      // runc's shim must be told; ours gives the stream to the process's user.
      ...(isGantry
        ? {}
        : { runtimeOptions: encodeAny("containerd.runc.v1.Options", { io_uid: 1000, io_gid: 1000 }) }),
    });
    expect(done).toEqual({ status: 0, stdout: "out\nagain\n", stderr: "err\n" });
  });

  it("delivers what was written right before the exit", async () => {
    for (let i = 0; i < 10; i++) {
      const done = await runContainer(containerd(), {
        args: ["sh", "-c", "head -c 60000 /dev/zero; exit 1"],
      });
      expect(done.stdout.length).toBe(60_000);
    }
  });

  it("appends both streams to a file", async () => {
    const path = join(containerd().dir, "out.log");
    writeFileSync(path, "before\n");
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "echo out; sleep 0.1; echo err >&2"],
      stdio: { stdout: `file://${path}`, stderr: `file://${path}` },
    });
    await within("exit", container.exit);
    await container.remove();
    expect(readFileSync(path, "utf8")).toBe("before\nout\nerr\n");
    rmSync(path);
  });

  it("hands both streams to a logging program", async () => {
    const { dir, namespace } = containerd();
    const path = join(dir, "logger.log");
    const program = join(dir, "logger.sh");
    writeFileSync(
      program,
      `#!/bin/sh
trap "" TERM
exec >"${path}" 2>&1
echo "id $CONTAINER_ID namespace $CONTAINER_NAMESPACE args $*"
exec 5>&-
cat <&3
cat <&4
echo finished
`,
      { mode: 0o755 },
    );
    const container = await startContainer(containerd(), {
      id: "logged",
      args: ["sh", "-c", "echo out; echo err >&2"],
      stdio: { stdout: `binary://${program}?key=value`, stderr: `binary://${program}?key=value` },
    });
    await within("exit", container.exit);
    await container.remove();
    await waitFor("the logging program to finish", () => readFileSync(path, "utf8").includes("finished"));
    expect(readFileSync(path, "utf8").split("\n")).toEqual([
      `id logged namespace ${namespace} args key value`,
      "out",
      "err",
      "finished",
      "",
    ]);
    rmSync(path);
    rmSync(program);
  });

  it("refuses an unknown scheme and leaves nothing behind", async () => {
    await expect(
      startContainer(containerd(), { args: ["true"], stdio: { stdout: "carrier-pigeon:///coop" } }),
    ).rejects.toThrow(/carrier-pigeon|scheme/);
  });

  it("gives init a terminal, resized as asked", async () => {
    const container = await startContainer(containerd(), {
      terminal: true,
      stdin: true,
      args: ["sh", "-c", "ls -l /dev/console; read line; stty size; echo got $line; tty"],
    });
    await waitFor("the program to be ready", () => container.stdout().includes("/dev/console"));
    await container.resize(100, 40);
    container.streams?.write("word\n");
    await within("exit", container.exit);
    await container.streams?.endInput();
    await container.finish();
    expect(container.stdout()).toContain("40 100\r\n");
    expect(container.stdout()).toContain("got word\r\n");
    expect(container.stdout()).toMatch(/\/dev\/pts\/\d+\r\n|\/dev\/console\r\n/);
    await container.remove();
  });

  it("sends ^C typed into the terminal as SIGINT", async () => {
    const container = await startContainer(containerd(), {
      terminal: true,
      stdin: true,
      args: ["sh", "-c", "trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done"],
    });
    await waitFor("the program to be ready", () => container.stdout().includes("ready"));
    container.streams?.write("\x03");
    expect(await within("exit", container.exit)).toMatchObject({ exit_status: 3 });
    await container.streams?.endInput();
    await container.finish();
    expect(container.stdout()).toContain("interrupted");
    await container.remove();
  });

  it("goes on when its reader goes away and comes back", async () => {
    const container = await startContainer(containerd(), {
      args: [
        "sh",
        "-c",
        "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; sleep 0.01; done; echo last",
      ],
    });
    await waitFor("some lines", () => container.stdout().includes("line 5\n"));
    await container.streams?.abandon();
    await container.streams?.drained();
    expect(await container.state()).toMatchObject({ status: "RUNNING" });
    container.streams?.reattach();
    const seen = container.stdout().length;
    await waitFor("more lines", () => container.stdout().length > seen + 200);
    await container.exec(["touch", "/stop"]);
    expect(await container.finish()).toMatchObject({ exit_status: 0 });
    expect(container.stdout().endsWith("last\n")).toBe(true);
    await container.remove();
  });

  it("tells the stdio paths it was given", async () => {
    const container = await startContainer(containerd(), { args: ["sleep", "60"], stdin: true });
    const paths = container.streams?.paths;
    expect(await container.state()).toMatchObject({ ...paths, terminal: false });
    for (const path of Object.values(paths ?? {})) expect(existsSync(path)).toBe(true);
    await container.remove();
  });

  it("keeps the output of several containers apart", async () => {
    const results = await Promise.all(
      ["a", "b", "c"].map((word) =>
        runContainer(containerd(), { args: ["sh", "-c", `echo ${word}; sleep 0.1; echo ${word}`] }),
      ),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(["a\na\n", "b\nb\n", "c\nc\n"]);
  });
});
