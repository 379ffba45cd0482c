import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../../../src/core/log.ts";
import { Counters, Histogram } from "../../../../src/shim/ops/counters.ts";
import { renderMetrics } from "../../../../src/shim/ops/metrics.ts";
import { parseAddress, serveMetrics } from "../../../../src/shim/ops/metrics-server.ts";
import { MetricsText } from "../../../../src/shim/ops/metrics-text.ts";
import { waitFor } from "../../../helpers/wait.ts";

describe("MetricsText", () => {
  it("writes families with escaped labels, and histograms that add up", () => {
    const histogram = new Histogram([0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value);
    const text = new MetricsText()
      .gauge("a", 'one\n"line"', 3)
      .counter("b_total", "b", [{ method: 'x"y\\z\n' }, 1], [{}, 2])
      .histogram("c_seconds", "c", [{ method: "M" }, histogram])
      .toString();
    expect(text.split("\n")).toEqual([
      '# HELP a one\\n"line"',
      "# TYPE a gauge",
      "a 3",
      "# HELP b_total b",
      "# TYPE b_total counter",
      'b_total{method="x\\"y\\\\z\\n"} 1',
      "b_total 2",
      "# HELP c_seconds c",
      "# TYPE c_seconds histogram",
      'c_seconds_bucket{method="M",le="0.1"} 2',
      'c_seconds_bucket{method="M",le="1"} 3',
      'c_seconds_bucket{method="M",le="+Inf"} 4',
      'c_seconds_sum{method="M"} 7.65',
      'c_seconds_count{method="M"} 4',
      "",
    ]);
  });
});

describe("renderMetrics()", () => {
  it("has calls by method, errors by code and containers in every status", () => {
    const counters = new Counters();
    counters.begin("Wait");
    counters.begin("State")();
    counters.begin("State")("NOT_FOUND");
    const process = { execId: "", pid: 1, status: "running" as const };
    const container = { id: "c", bundle: "/b", stateRoot: "/s", status: "running", processes: [process] };
    const pod = {
      id: "p",
      containerdNamespace: "n",
      socket: "/s",
      stubPid: 3,
      connections: 1,
      containers: [container],
    };
    const report = {
      version: "1",
      protocol: 1,
      pid: 1,
      executable: "/x",
      uptimeSeconds: 1,
      nodeDir: "/n",
      address: "/a",
      starts: 3,
      deaths: 2,
      workers: [],
      commandsInProgress: 0,
      tasksWaiting: 0,
      events: { pending: 4, waitedMs: 1500 },
      pods: [pod, { ...pod, stubPid: 0, containers: [] }],
    };
    const workers = { started: 1, died: 0, stuck: 0, cold: 0 };
    const text = renderMetrics({ report, counters, workers, delivered: 9 });
    for (const line of [
      'gantry_rpc_in_progress{method="Wait"} 1',
      'gantry_rpc_duration_seconds_count{method="State"} 2',
      'gantry_rpc_errors_total{method="State",code="NOT_FOUND"} 1',
      'gantry_containers{status="running"} 1',
      'gantry_containers{status="stopped"} 0',
      "gantry_pods 2",
      "gantry_stubs 1",
      "gantry_server_deaths_total 2",
      "gantry_event_wait_seconds 1.5",
      "gantry_events_delivered_total 9",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    const broken = text.split("\n").filter((line) => !/^(#.*|[a-z_]+(\{[^{}]*\})? -?[\d.e+-]+)?$/.test(line));
    expect(broken).toEqual([]);
  });
});

describe("serveMetrics()", () => {
  let dir: string;
  let close: () => void;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "gantry-metrics-"));
    const render = async (): Promise<string> => "a 1\n";
    close = serveMetrics({ socket: join(dir, "m.sock"), address: "", render, logger: silentLogger });
    await waitFor("the socket", () => (statSync(join(dir, "m.sock")).mode & 0o777) === 0o600);
  });
  afterEach(() => {
    close();
    rmSync(dir, { recursive: true });
  });

  function ask(path: string, method = "GET"): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: join(dir, "m.sock"), path, method }, (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += String(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode, body }));
      });
      call.on("error", reject);
      call.end();
    });
  }

  it("answers GET /metrics, and nothing else", async () => {
    expect(await ask("/metrics")).toEqual({ status: 200, body: "a 1\n" });
    expect(await ask("/metrics?x=1")).toEqual({ status: 200, body: "a 1\n" });
    expect(await ask("/metrics", "HEAD")).toEqual({ status: 200, body: "" });
    expect((await ask("/")).status).toBe(404);
    expect((await ask("/metrics", "POST")).status).toBe(405);
  });

  it("bears who says nothing, too much, or goes", async () => {
    const silent = connect(join(dir, "m.sock"));
    const loud = connect(join(dir, "m.sock"));
    const hasty = connect(join(dir, "m.sock"));
    for (const socket of [silent, loud, hasty]) socket.on("error", () => {});
    loud.write("x".repeat(100_000));
    hasty.write("GET /metrics HTTP/1.1\r\n");
    hasty.destroy();
    expect((await ask("/metrics")).status).toBe(200);
    silent.destroy();
    loud.destroy();
  });

  it("parseAddress() takes HOST:PORT, and nothing else", () => {
    expect(parseAddress("127.0.0.1:9100")).toEqual({ host: "127.0.0.1", port: 9100 });
    expect(parseAddress("[::1]:9100")).toEqual({ host: "::1", port: 9100 });
    for (const text of ["", "9100", ":9100", "::1:9100", "h:0", "h:65536", "h:1x"]) {
      expect(parseAddress(text)).toBeUndefined();
    }
  });
});
