// Stands in for gantry-shimd: hands every connection that stubs and fronts make to the test, byte by byte, so that the test decides what
// the server says, and can kill it as a process. FAKE_BRAIN is the test's socket; while the file FAKE_DIES exists, it dies at once.
import { appendFileSync, existsSync, readdirSync } from "node:fs";
import net from "node:net";

const { FAKE_BRAIN: brain, FAKE_DIES: dies } = process.env;
const args = process.argv.slice(2);
if (args[0] === "front") {
  process.stdout.write(JSON.stringify(args));
  process.exit(0);
}
if (dies !== undefined && existsSync(dies)) {
  appendFileSync(dies, `${Date.now()}\n`);
  process.exit(1);
}
const { pid, env } = process;
const word = (facts) => `${JSON.stringify(facts)}\n`;
const self = net.connect(brain, () => {
  self.write(
    word({ kind: "instance", pid, args, env, cwd: process.cwd(), fds: readdirSync("/proc/self/fd") }),
  );
});
// The test is over.
self.on("close", () => process.exit(0));
self.on("error", () => process.exit(0));
self.resume();
net
  .createServer((socket) => {
    const end = net.connect(brain);
    end.write(word({ kind: "connection", pid }));
    socket.pipe(end).pipe(socket);
    for (const one of [socket, end]) {
      one.on("error", () => {
        socket.destroy();
        end.destroy();
      });
    }
    end.on("close", () => socket.destroy());
  })
  .listen({ fd: 5 });
