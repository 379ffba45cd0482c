import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cri } from "./cri.ts";
import type { ContainerStatus, ExecResult, Message } from "./cri-api.ts";
import { waitFor } from "./wait.ts";

export interface PodOptions {
  /** runtime.v1.NamespaceOption; private everything and a network by default */
  readonly namespaces?: Message;
  /** More of runtime.v1.LinuxSandboxSecurityContext */
  readonly security?: Message;
  /** More of runtime.v1.LinuxPodSandboxConfig */
  readonly linux?: Message;
  /** More of runtime.v1.PodSandboxConfig */
  readonly config?: Message;
  readonly handler?: string;
}

export interface ContainerOptions {
  readonly command: readonly string[];
  /** runtime.v1.NamespaceOption; the pod's by default */
  readonly namespaces?: Message;
  /** More of runtime.v1.LinuxContainerSecurityContext */
  readonly security?: Message;
  readonly resources?: Message;
  /** More of runtime.v1.ContainerConfig */
  readonly config?: Message;
}

export interface Pod {
  readonly id: string;
  readonly name: string;
  /** Create and start a container. */
  run(options: ContainerOptions): Promise<PodContainer>;
  create(options: ContainerOptions): Promise<PodContainer>;
  ip(): Promise<string>;
  stop(): Promise<void>;
  /** Stop it and remove it, with its containers. */
  remove(): Promise<void>;
}

export interface PodContainer {
  readonly id: string;
  start(): Promise<void>;
  status(): Promise<ContainerStatus>;
  exec(command: readonly string[], timeoutSeconds?: number): Promise<ExecResult>;
  /** Standard output of a shell script, without the last newline; anything but exit code 0 is an error. */
  sh(script: string): Promise<string>;
  stop(timeoutSeconds?: number): Promise<void>;
  remove(): Promise<void>;
  /** Its status once it has exited. */
  exited(): Promise<ContainerStatus>;
  /** Path of its log, and the log. */
  readonly logPath: string;
  log(): readonly LogLine[];
}

/** A line of a container's log: `TIME STREAM TAG TEXT`. */
export interface LogLine {
  readonly time: string;
  readonly stream: string;
  /** F for a whole line, P for a part of one */
  readonly tag: string;
  readonly text: string;
}

let pods = 0;

export async function runPod(cri: Cri, options: PodOptions = {}): Promise<Pod> {
  const { sandbox } = cri;
  const name = `pod${++pods}`;
  const logDirectory = join(sandbox.dir, "logs", name);
  mkdirSync(logDirectory);
  const namespaces: Message = { network: "POD", pid: "CONTAINER", ipc: "POD", ...options.namespaces };
  const config: Message = {
    metadata: { name, uid: `uid-${name}`, namespace: "default", attempt: 0 },
    hostname: namespaces["network"] === "NODE" ? "" : name,
    log_directory: logDirectory,
    linux: {
      cgroup_parent: `/${sandbox.namespace}`,
      security_context: { namespace_options: namespaces, ...options.security },
      ...options.linux,
    },
    ...options.config,
  };
  const id = await cri.api.runPod(config, options.handler);
  let containers = 0;

  const create = async (of: ContainerOptions): Promise<PodContainer> => {
    const log_path = `c${++containers}.log`;
    const containerId = await cri.api.createContainer(
      id,
      {
        metadata: { name: `c${containers}`, attempt: 0 },
        image: { image: cri.image },
        command: of.command,
        log_path,
        linux: {
          resources: of.resources ?? {},
          security_context: { namespace_options: of.namespaces ?? namespaces, ...of.security },
        },
        ...of.config,
      },
      config,
    );
    return container(cri, containerId, join(logDirectory, log_path));
  };
  return {
    id,
    name,
    create,
    run: async (of) => {
      const made = await create(of);
      await made.start();
      return made;
    },
    ip: async () => (await cri.api.podStatus(id)).network?.ip ?? "",
    stop: async () => void (await cri.api.stopPod(id)),
    remove: async () => {
      await cri.api.stopPod(id);
      await cri.api.removePod(id);
    },
  };
}

function container(cri: Cri, id: string, logPath: string): PodContainer {
  const status = () => cri.api.containerStatus(id);
  const exec = (command: readonly string[], timeoutSeconds?: number) =>
    cri.api.execSync(id, command, timeoutSeconds);
  return {
    id,
    logPath,
    start: async () => void (await cri.api.startContainer(id)),
    status,
    exec,
    sh: async (script) => {
      const done = await exec(["sh", "-c", script]);
      if (done.exit_code !== 0) throw new Error(`${script}: ${JSON.stringify(done)}`);
      return done.stdout.replace(/\n$/, "");
    },
    stop: async (timeoutSeconds = 0) => void (await cri.api.stopContainer(id, timeoutSeconds)),
    remove: async () => void (await cri.api.removeContainer(id)),
    exited: () =>
      waitFor("the container to exit", async () => {
        const now = await status();
        return now.state === "CONTAINER_EXITED" && now;
      }),
    log: () => readLog(logPath),
  };
}

/** @throws Error for a line of another form */
export function readLog(path: string): readonly LogLine[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [, time, stream, tag, text] = /^(\S+) (stdout|stderr) ([FP]) (.*)$/.exec(line) ?? [];
      if (time === undefined || stream === undefined || tag === undefined || text === undefined)
        throw new Error(`${path}: not a line of a log: ${line}`);
      return { time, stream, tag, text };
    });
}
