import { existsSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { messageOf } from "../core/errors.ts";
import { InstallError } from "./errors.ts";

/** RuntimeClasses let pods only onto nodes that have it. */
export const LABEL = "gantry.dev/installed";
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const TIMEOUT_MS = 30_000;

/** How to reach Kubernetes from within a pod. */
export interface Cluster {
  readonly host: string;
  readonly port: string;
  readonly node: string;
  /** Directory with `token` and `ca.crt`. */
  readonly account: string;
}

/** @returns undefined outside of a pod */
export function findCluster(env: Readonly<Record<string, string | undefined>>): Cluster | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443", NODE_NAME: node } = env;
  const account = env["GANTRY_SERVICE_ACCOUNT"] ?? ACCOUNT;
  if (!host || !existsSync(`${account}/token`)) return undefined;
  if (!node) {
    throw new InstallError(
      "bad-arguments",
      "NODE_NAME is not set: the pod must have it from the field spec.nodeName",
    );
  }
  return { host, port, node, account };
}

/** Label the node, or take the label away (null). @throws {InstallError} code "label-failed" */
export async function labelNode(cluster: Cluster, value: string | null): Promise<void> {
  const body = JSON.stringify({ metadata: { labels: { [LABEL]: value } } });
  try {
    const { status, text } = await patchNode(cluster, body);
    if (status !== 200) throw new Error(`HTTP ${status}: ${reasonOf(text)}`);
  } catch (error) {
    throw new InstallError("label-failed", `cannot label node ${cluster.node}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function patchNode(
  cluster: Cluster,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const { host, port, node, account } = cluster;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        method: "PATCH",
        path: `/api/v1/nodes/${encodeURIComponent(node)}`,
        ca: readFileSync(`${account}/ca.crt`),
        headers: {
          authorization: `Bearer ${readFileSync(`${account}/token`, "utf8").trim()}`,
          "content-type": "application/strategic-merge-patch+json",
          "content-length": Buffer.byteLength(body),
        },
        timeout: TIMEOUT_MS,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
