/**
 * The runtime under test, by its command line alone: gantry-runtime, or with GANTRY_TEST_OCI_RUNTIME=runc Debian's runc, to check
 * the tests themselves. The cases are our own reading of the OCI runtime specification; differences.md lists where the two differ.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "vitest";
import type { Linux, Mount, Spec } from "../../../src/spec/types.ts";
import { runcPath } from "../../helpers/paths.ts";
import {
  Bench,
  type Called,
  type CallOptions,
  changes,
  running,
  runtimePath,
  type Started,
} from "../../integration/runtime/harness.ts";

export const isRunc = process.env["GANTRY_TEST_OCI_RUNTIME"] === "runc";
export const program = isRunc ? runcPath() : runtimePath;

/** A case that runc 1.1.5 does not pass: with runc it has to fail, so that the table of differences stays true. */
export const itButRunc = isRunc ? it.fails : it;

type Change = (spec: Spec) => Spec;

export class OciBench extends Bench {
  #bundles = 0;

  override call(args: readonly string[], options: CallOptions = {}): Called {
    return super.call(args, { program, ...options });
  }

  override start(args: readonly string[], options: CallOptions = {}): Started {
    return super.start(args, { program, ...options });
  }

  /** Run a shell command in a container of these changes and return what it prints. @throws Error unless it ends with 0 */
  inside(command: string, ...all: readonly Change[]): string {
    return this.ok(["run", "-b", this.#next(changes(running(command), ...all)), "c1"]);
  }

  /** A created container that sleeps once it is started. */
  created(...all: readonly Change[]): string {
    const bundle = this.#next(changes(running("sleep 100"), ...all));
    this.ok(["create", "-b", bundle, "c1"]);
    return bundle;
  }

  /** What `create` answers to these changes; a container that was made all the same is removed again. */
  creating(...all: readonly Change[]): Called {
    const bundle = this.#next(changes(running("sleep 100"), ...all));
    const called = this.call(["create", "-b", bundle, "c1"]);
    if (called.code === 0) this.ok(["delete", "--force", "c1"]);
    return called;
  }

  #next(change: Change): string {
    return this.bundle(`bundle-${++this.#bundles}`, change);
  }

  override async dispose(): Promise<void> {
    // A case that is expected to fail ends anywhere.
    if (isRunc && existsSync(this.stateRoot)) {
      for (const id of readdirSync(this.stateRoot)) this.call(["delete", "--force", id]);
    }
    await super.dispose();
  }
}

/** The path of a file in the rootfs of a bundle. */
export function inRootfs(bundle: string, path: string): string {
  return join(bundle, "rootfs", path);
}

/** A spec with these fields of `linux` changed. */
export function withLinux(change: Partial<Linux>): Change {
  return (spec) => ({ ...spec, linux: { ...spec.linux, ...change } });
}

/** A spec with mounts after its own. */
export function withMounts(...mounts: readonly Mount[]): Change {
  return (spec) => ({ ...spec, mounts: [...(spec.mounts ?? []), ...mounts] });
}

/** A spec whose rootfs can be written. */
export function writable(spec: Spec): Spec {
  return { ...spec, root: { path: spec.root?.path ?? "rootfs", readonly: false } };
}

/** A spec with whatever JSON has to say in place of some of its fields. */
export function withRaw(fields: Readonly<Record<string, unknown>>): Change {
  return (spec) => ({ ...spec, ...fields }) as Spec;
}
