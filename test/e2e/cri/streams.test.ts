import { renameSync } from "node:fs";
import { expect, it } from "vitest";
import { describeWithCri } from "../../helpers/cri-e2e.ts";
import { readLog, runPod } from "../../helpers/cri-pod.ts";
import { forward, openSession } from "../../helpers/cri-streams.ts";
import { waitFor } from "../../helpers/wait.ts";

const FOREVER = ["sleep", "1000"];

describeWithCri(
  "streams",
  (cri) => {
    it("exec: output, errors, input, exit code", async () => {
      const pod = await runPod(cri());
      const { id: container_id } = await pod.run({ command: FOREVER });
      const cmd = ["sh", "-c", "echo err >&2; read line; echo got $line; exit 3"];
      const request = { container_id, cmd, stdin: true, stdout: true, stderr: true };
      const session = await openSession(cri(), await cri().api.execUrl(request));
      session.write("a line\n");
      expect(await session.exitCode()).toBe(3);
      expect([session.stdout(), session.stderr()]).toEqual(["got a line\n", "err\n"]);

      const loud = { container_id, cmd: ["sh", "-c", "yes | head -c 3000000"], stdout: true, stderr: true };
      const output = await openSession(cri(), await cri().api.execUrl(loud));
      expect(await output.exitCode()).toBe(0);
      expect(output.stdout().length).toBe(3_000_000);
      await pod.remove();
    });

    it("exec with a terminal, resized; one whose client hangs up", async () => {
      const pod = await runPod(cri());
      const container = await pod.run({ command: FOREVER });
      const request = { container_id: container.id, tty: true, stdin: true, stdout: true };
      const cmd = ["sh", "-c", 'until [ "$(stty size)" = "33 99" ]; do sleep 0.02; done; echo sized; sh'];
      const session = await openSession(cri(), await cri().api.execUrl({ ...request, cmd }));
      session.resize(99, 33);
      await session.sees("sized");
      session.write("tty; exit 4\n");
      expect(await session.exitCode()).toBe(4);
      expect(session.stdout()).toContain("/dev/pts/");

      const waiting = ["sh", "-c", "echo here; exec sleep 1003"];
      const hung = await openSession(cri(), await cri().api.execUrl({ ...request, cmd: waiting }));
      await hung.sees("here");
      hung.close();
      expect(await container.exec(["echo", "still"])).toMatchObject({ stdout: "still\n" });
      await pod.remove();
    });

    it("attach with a terminal: input, output, a second client", async () => {
      const pod = await runPod(cri());
      const container = await pod.run({
        command: ["sh", "-c", "while read line; do echo got $line; [ $line != end ] || exit 6; done"],
        config: { tty: true, stdin: true },
      });
      const request = { container_id: container.id, tty: true, stdin: true, stdout: true };
      const one = await openSession(cri(), await cri().api.attachUrl(request));
      one.write("one\n");
      await one.sees("got one");
      const two = await openSession(cri(), await cri().api.attachUrl(request));
      two.write("two\n");
      await two.sees("got two");
      await one.sees("got two");
      two.close();
      one.write("end\n");
      expect(await container.exited()).toMatchObject({ exit_code: 6 });
      expect(container.log().map(({ text }) => text)).toContain("got two");
      await pod.remove();
    });

    it("attach without a terminal; input that ends with its first client", async () => {
      const pod = await runPod(cri());
      const container = await pod.run({
        command: ["sh", "-c", "echo err >&2; cat; echo end"],
        config: { stdin: true, stdin_once: true },
      });
      const request = { container_id: container.id, stdin: true, stdout: true, stderr: true };
      const session = await openSession(cri(), await cri().api.attachUrl(request));
      session.write("hello\n");
      await session.sees("hello\n");
      session.close();
      expect(await container.exited()).toMatchObject({ exit_code: 0, reason: "Completed" });
      expect(container.log().map(({ stream, text }) => [stream, text])).toEqual(
        expect.arrayContaining([
          ["stderr", "err"],
          ["stdout", "hello"],
          ["stdout", "end"],
        ]),
      );
      await pod.remove();
    });

    it("port-forward to a server that listens on the pod's own 127.0.0.1 only", async () => {
      const pod = await runPod(cri());
      const container = await pod.run({
        command: ["httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/srv"],
      });
      await container.sh("until wget -q -O /dev/null http://127.0.0.1:8080/readme; do sleep 0.02; done");
      const url = await cri().api.portForwardUrl(pod.id, [8080]);
      const answer = await forward(cri(), url, 8080, "GET /readme HTTP/1.0\r\n\r\n", "layer\n");
      expect(answer).toMatch(/^HTTP\/1.\d 200 OK\r\n(.*\r\n)+the top layer\n$/);
      await pod.remove();
    });

    it("logs: streams, times, long and broken lines; rotated", async () => {
      const pod = await runPod(cri());
      const container = await pod.run({
        command: [
          "sh",
          "-c",
          `echo out; echo err >&2; head -c 40000 /dev/zero | tr '\\0' x; echo; printf 'no end'
          until [ -e /tmp/more ]; do sleep 0.02; done; echo more; until [ -e /tmp/end ]; do sleep 0.02; done; echo last`,
        ],
      });
      await waitFor("the long line", () => container.log().length >= 5);
      const lines = container.log();
      expect(lines[0]).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-])/),
      });
      expect(lines.find(({ text }) => text === "err")).toMatchObject({ stream: "stderr", tag: "F" });
      const long = lines.filter(({ text }) => text.startsWith("x"));
      expect(long.map(({ tag }) => tag)).toEqual([...long.slice(1).map(() => "P"), "F"]);
      expect(long.map(({ text }) => text.length).reduce((sum, length) => sum + length)).toBe(40_000);

      renameSync(container.logPath, `${container.logPath}.1`);
      await cri().api.reopenLog(container.id);
      await container.sh("touch /tmp/more");
      await waitFor("the rotated log", () => container.log().length > 0);
      const rotated = readLog(`${container.logPath}.1`);
      expect(rotated.map(({ text }) => text)).toContain("out");
      expect(rotated.at(-1)).toMatchObject({ text: "no end", tag: "P" });
      await container.sh("touch /tmp/end");
      await container.exited();
      expect(container.log().map(({ text }) => text)).toEqual(["more", "last"]);
      await pod.remove();
    });
  },
  { onNewest: true },
);
