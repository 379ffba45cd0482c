// Passes what comes through a unix socket on to a TCP port of the network namespace it runs in.
//
//   node relay.mjs SOCKET PORT
//
// Prints "listening" when it does.
import { connect, createServer } from "node:net";

const [socket, port] = process.argv.slice(2);
const server = createServer((client) => {
  const peer = connect(Number(port), "127.0.0.1");
  for (const [one, other] of [
    [client, peer],
    [peer, client],
  ]) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
  client.pipe(peer).pipe(client);
});
server.listen(socket, () => process.stdout.write("listening\n"));
