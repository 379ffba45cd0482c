import { stringifyJson } from "../spec/json.ts";
import { SECCOMP_FLAG_NEW_LISTENER } from "../spec/seccomp-names.ts";
import { stateDocument } from "../spec/state-document.ts";
import type { ContainerStatus, Spec } from "../spec/types.ts";
import { OCI_VERSION } from "../spec/version.ts";
import type { SeccompProgram } from "./input.ts";
import type { OpOf } from "./op.ts";

/** Whether the kernel will give a descriptor for the filter, on which somebody must answer. */
export function isNotifying(seccomp: SeccompProgram | undefined): boolean {
  return seccomp !== undefined && (seccomp.flags & SECCOMP_FLAG_NEW_LISTENER) !== 0;
}

/** The container a process belongs to; `pid` is its init's, absent when the process is that. */
export interface ListenedContainer {
  readonly id: string;
  readonly bundle: string;
  readonly status: ContainerStatus;
  readonly pid?: number;
}

/**
 * Who gets the descriptor, and the "container process state" that goes with it (runtime-spec config-linux.md, "Seccomp"),
 * in parts: between them the native part writes the id of the process. None when the filter asks nobody.
 */
export function compileSeccompListener(
  spec: Spec,
  seccomp: SeccompProgram | undefined,
  container: ListenedContainer,
): OpOf<"seccomp-listener">[] {
  if (!isNotifying(seccomp)) return [];
  const { listenerPath = "", listenerMetadata } = spec.linux?.seccomp ?? {};
  const { ociVersion, id, status, pid, ...rest } = stateDocument(spec, container);
  const ending = stringifyJson(rest).slice(1); // without its brace
  const head = `${stringifyJson({ ociVersion: OCI_VERSION, fds: ["seccompFd"] }).slice(0, -1)},"pid":`;
  const metadata = listenerMetadata ? `,"metadata":${stringifyJson(listenerMetadata)}` : "";
  const state = `${metadata},"state":${stringifyJson({ ociVersion, id, status }).slice(0, -1)},"pid":`;
  const parts = pid === undefined ? [head, state, `,${ending}}`] : [head, `${state}${pid},${ending}}`];
  return [{ kind: "seccomp-listener", path: listenerPath, parts }];
}
