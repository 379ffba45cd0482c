import { containerd } from "../../gen/sandbox.js";
import type { Service } from "../../ttrpc/service.ts";
import { timestampOf } from "../../ttrpc/well-known.ts";
import { exitFields, method, namespaceOf } from "../task/service.ts";
import type { ShimContext } from "../task/shim-context.ts";
import { cgroupMetrics } from "../task/stats.ts";
import { abortable } from "../task/wait.ts";
import { parseSandboxConfig } from "./config.ts";
import type { SandboxRecord } from "./record.ts";
import type { PodSandbox } from "./sandbox.ts";

// containerd compares them.
const READY = "SANDBOX_READY";
const NOT_READY = "SANDBOX_NOTREADY";

/** Go's name of the processor. */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** The sandbox service: what containerd calls for handlers with `sandboxer = "shim"`. */
export function sandboxService(shim: ShimContext, sandbox: PodSandbox): Service {
  const { v1 } = containerd.runtime.sandbox;
  return {
    name: "containerd.runtime.sandbox.v1.Sandbox",
    methods: {
      CreateSandbox: method(
        shim,
        v1.CreateSandboxRequest,
        v1.CreateSandboxResponse,
        async (request, call) => {
          await sandbox.create({
            id: request.sandboxId,
            bundle: request.bundlePath,
            netnsPath: request.netnsPath,
            config: parseSandboxConfig(request.options),
            containerdNamespace: namespaceOf(call) ?? shim.containerdNamespace,
          });
          return {};
        },
      ),
      StartSandbox: method(shim, v1.StartSandboxRequest, v1.StartSandboxResponse, async ({ sandboxId }) => {
        const { pid, createdAtNs } = await sandbox.start(sandboxId);
        return { pid, createdAt: timestampOf(BigInt(createdAtNs)) };
      }),
      Platform: method(shim, v1.PlatformRequest, v1.PlatformResponse, async ({ sandboxId }) => {
        sandbox.get(sandboxId);
        return { platform: { os: "linux", architecture: ARCHITECTURE[process.arch] ?? process.arch } };
      }),
      StopSandbox: method(shim, v1.StopSandboxRequest, v1.StopSandboxResponse, async ({ sandboxId }) => {
        await sandbox.stop(sandboxId);
        return {};
      }),
      WaitSandbox: method(
        shim,
        v1.WaitSandboxRequest,
        v1.WaitSandboxResponse,
        async ({ sandboxId }, call, entry) => {
          const { isOver, ended } = sandbox.wait(sandboxId);
          if (!isOver) entry.park();
          return exitFields(await abortable(ended, call.signal));
        },
      ),
      SandboxStatus: method(
        shim,
        v1.SandboxStatusRequest,
        v1.SandboxStatusResponse,
        async ({ sandboxId }) => {
          const record = sandbox.get(sandboxId);
          const { isOver } = sandbox.wait(sandboxId);
          return {
            sandboxId,
            pid: record.pid,
            state: record.status === "running" && !isOver ? READY : NOT_READY,
            ...times(record),
          };
        },
      ),
      PingSandbox: method(shim, v1.PingRequest, v1.PingResponse, async ({ sandboxId }) => {
        sandbox.get(sandboxId);
        return {};
      }),
      ShutdownSandbox: method(
        shim,
        v1.ShutdownSandboxRequest,
        v1.ShutdownSandboxResponse,
        async ({ sandboxId }) => {
          // Again: the answer to the first one was lost.
          if (sandbox.isThere) await sandbox.shutdown(sandboxId);
          shim.requestShutdown();
          return {};
        },
      ),
      SandboxMetrics: method(
        shim,
        v1.SandboxMetricsRequest,
        v1.SandboxMetricsResponse,
        async ({ sandboxId }) => ({
          metrics: {
            id: sandboxId,
            timestamp: timestampOf(BigInt(Date.now()) * 1_000_000n),
            data: await cgroupMetrics(sandbox.cgroup(sandboxId)),
          },
        }),
      ),
    },
  };
}

function times({ createdAtNs, exitedAtNs }: SandboxRecord) {
  return {
    ...(createdAtNs !== "0" && { createdAt: timestampOf(BigInt(createdAtNs)) }),
    ...(exitedAtNs !== "0" && { exitedAt: timestampOf(BigInt(exitedAtNs)) }),
  };
}
