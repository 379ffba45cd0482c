import { chmodSync, rmSync } from "node:fs";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { messageOf } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";

export interface MetricsServerOptions {
  /** Path of the unix socket; whatever is there is replaced. */
  readonly socket: string;
  /** `HOST:PORT` of another listener; empty: none. */
  readonly address: string;
  readonly render: () => Promise<string>;
  readonly logger: Logger;
}

const MAX_HEAD_BYTES = 8192;
const TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 16;

/**
 * Answer `GET /metrics`. So little of HTTP is needed that it is less than loading `node:http`, which a server that nobody asks
 * should not pay for: one request for each connection.
 *
 * @returns ends it
 */
export function serveMetrics(options: MetricsServerOptions): () => void {
  const { socket, address, logger } = options;
  rmSync(socket, { force: true });
  const servers = [listen({ path: socket }, options, () => chmodSync(socket, 0o600))];
  if (address !== "") {
    const place = parseAddress(address);
    if (place === undefined) logger.log("error", `GANTRY_METRICS_ADDRESS: ${address} is not HOST:PORT`);
    else servers.push(listen(place, options));
  }
  return () => {
    for (const server of servers) server.close();
    rmSync(socket, { force: true });
  };
}

/** @returns undefined when it is none */
export function parseAddress(address: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(address);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

function listen(place: ListenOptions, options: MetricsServerOptions, onListening?: () => void): Server {
  const server = createServer((socket) => void answer(socket, options));
  server.maxConnections = MAX_CONNECTIONS;
  // Metrics are not worth a server.
  server.on("error", (error) => options.logger.log("error", `no metrics: ${messageOf(error)}`));
  server.listen(place, onListening);
  server.unref();
  return server;
}

async function answer(socket: Socket, options: MetricsServerOptions): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), TIMEOUT_MS);
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => clearTimeout(timer));
  const [method = "", target = ""] = (await readHead(socket)).split(" ");
  const isHead = method === "HEAD";
  if (method !== "GET" && !isHead) return respond(socket, "405 Method Not Allowed", "", isHead);
  if (target.split("?")[0] !== "/metrics") return respond(socket, "404 Not Found", "see /metrics\n", isHead);
  try {
    respond(socket, "200 OK", await options.render(), isHead);
  } catch (error) {
    options.logger.log("error", `metrics: ${messageOf(error)}`);
    respond(socket, "500 Internal Server Error", "", isHead);
  }
}

/** Everything up to the empty line; less when the peer stops before, or goes on for too long. */
function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let head = "";
    socket.setEncoding("latin1");
    const done = (): void => resolve(head);
    socket.on("data", (chunk) => {
      if (head.length < MAX_HEAD_BYTES) head += String(chunk);
      if (/\r?\n\r?\n/.test(head) || head.length >= MAX_HEAD_BYTES) done();
    });
    socket.on("end", done);
    socket.on("close", done);
  });
}

function respond(socket: Socket, status: string, body: string, isHead: boolean): void {
  const head = [
    `HTTP/1.1 ${status}`,
    "Content-Type: text/plain; version=0.0.4; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${isHead ? "" : body}`);
}
