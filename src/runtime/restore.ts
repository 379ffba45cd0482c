import { existsSync, mkdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";

import { messageOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import { readMountinfo } from "../host/mountinfo.ts";
import { compileRestorePlan, type Descriptors, RESTORE_LOG, type RestoreSettings } from "../plan/criu.ts";
import type { Plan } from "../plan/op.ts";
import { parseJson } from "../spec/json.ts";
import type { ValidSpec } from "../spec/types.ts";
import { validateSpec } from "../spec/validate.ts";
import type { ProcessIdentity } from "../state/record.ts";
import { DESCRIPTORS_FILE } from "./checkpoint.ts";
import type { RuntimeContext } from "./context.ts";
import { type CreateRequest, createContainer, type Launch } from "./create.ts";
import { assertDirectory, type CriuRequest, completeSettings, withCriuLog } from "./criu.ts";
import { RuntimeError } from "./errors.ts";
import type { PreparedContainer } from "./prepare.ts";
import { attached, deleteQuietly } from "./run.ts";

/** What `restore` is asked for: a container as for `create`, and where its processes come from. */
export interface RestoreRequest extends CreateRequest {
  readonly criu: CriuRequest<RestoreSettings>;
}

/**
 * Make a container whose processes go on where a checkpoint has left them, or nothing at all. It runs when this returns; there is
 * no `start`.
 *
 * @returns init
 * @throws as `createContainer`; {RuntimeError} codes "no-criu", "criu-failed", "bad-images"; {PlanError} code "unimplemented"
 */
export async function restoreContainer(
  context: RuntimeContext,
  request: RestoreRequest,
  launch: Launch,
): Promise<ProcessIdentity> {
  const { imagesDir, workDir } = request.criu;
  const settings = completeSettings(context, request.criu);
  assertDirectory(imagesDir, "image path");
  const descriptors = readDescriptors(imagesDir);
  if (workDir !== undefined) mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const log = join(workDir ?? imagesDir, RESTORE_LOG);
  return withCriuLog(`restore container ${JSON.stringify(request.id)}`, log, () =>
    createContainer(context, request, launch, (prepared, spec) => ({
      plan: compileRestorePlan(prepared.plan, spec, prepared.rootfs, settings, {
        descriptors,
        cgroupRoots: cgroupRoots(prepared),
        fileSources: fileSources(prepared.plan),
      }),
      spec: withTimeNamespace(spec),
    })),
  );
}

/** Restore a container and stay until it ends, then delete it. @returns as `runAttached` */
export async function restoreAttached(context: RuntimeContext, request: RestoreRequest): Promise<number> {
  return attached(context, async (launch, exited) => {
    await restoreContainer(context, request, launch);
    const status = await exited();
    await deleteQuietly(context, request);
    return status;
  });
}

/** criu restores into a time namespace where the kernel has them, so that clocks go on where they stood: exec must join it. */
function withTimeNamespace(spec: ValidSpec): ValidSpec {
  const namespaces = spec.linux?.namespaces ?? [];
  if (!existsSync("/proc/self/ns/time") || namespaces.some(({ type }) => type === "time")) return spec;
  return validateSpec({ ...spec, linux: { ...spec.linux, namespaces: [...namespaces, { type: "time" }] } });
}

/** @throws {RuntimeError} code "bad-images" */
function readDescriptors(imagesDir: string): Descriptors {
  const path = join(imagesDir, DESCRIPTORS_FILE);
  const text = readTextIfExists(path);
  if (text === undefined) throw badImages(`there is no ${DESCRIPTORS_FILE} in ${JSON.stringify(imagesDir)}`);
  let parsed: unknown;
  try {
    parsed = parseJson(text, path);
  } catch (cause) {
    throw new RuntimeError("bad-images", `cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === "string")) {
    throw badImages(`${path} is not a list of texts`);
  }
  return parsed;
}

function badImages(reason: string): RuntimeError {
  return new RuntimeError("bad-images", `not a checkpoint: ${reason}`);
}

/** The container's cgroup in each hierarchy as /proc/PID/cgroup has it. */
function cgroupRoots({ cgroup }: PreparedContainer): Map<string, string> {
  const hierarchies = readMountinfo().filter(({ fstype }) => fstype === "cgroup" || fstype === "cgroup2");
  const roots = new Map<string, string>();
  for (const [controller, dir] of Object.entries(cgroup.cgroup.paths)) {
    const mount = hierarchies.find(
      ({ mountPoint }) => dir === mountPoint || dir.startsWith(`${mountPoint}/`),
    );
    if (mount === undefined) continue;
    roots.set(controller, posix.join(mount.root, dir.slice(mount.mountPoint.length)));
  }
  return roots;
}

function fileSources(create: Plan): Set<string> {
  const sources = create.ops.flatMap((op) => (op.kind === "mount" ? [op.source] : []));
  return new Set(sources.filter((path) => path.startsWith("/") && isFile(path)));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}
