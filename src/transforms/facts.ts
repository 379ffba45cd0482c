import type { MountEntry } from "../host/mountinfo.ts";
import type {
  FactAnswer,
  FactKind,
  FactRequest,
  FactValues,
  StatFact,
  StatfsFact,
  UnameFact,
} from "../host/path-facts.ts";
import { TransformError } from "./errors.ts";

/**
 * The facts a transform has asked for. `undefined` means that there is nothing at the path. Each throws {TransformError} code
 * "bad-fact" for one that was not asked for, and "failed" for one that cannot be had (no permission, a loop of links).
 */
export interface Facts {
  /** All of them, as plain data. */
  readonly answers: readonly FactAnswer[];
  stat(path: string): StatFact | undefined;
  realpath(path: string): string | undefined;
  statfs(path: string): StatfsFact | undefined;
  listdir(path: string): readonly string[] | undefined;
  readlink(path: string): string | undefined;
  readFile(path: string): string | undefined;
  mountinfo(): readonly MountEntry[];
  uname(): UnameFact;
}

/** Answers, as a transform reads them; a test makes them up. */
export function factsOf(answers: readonly FactAnswer[]): Facts {
  const byKey = new Map(answers.map((answer) => [keyOf(answer.request), answer]));
  const get = <Kind extends FactKind>(kind: Kind, path: string): FactValues[Kind] => {
    const request = (path === "" ? { kind } : { kind, path }) as FactRequest;
    const answer = byKey.get(keyOf(request));
    if (answer === undefined)
      throw new TransformError("bad-fact", `the fact ${keyOf(request)} was not asked for`);
    if (answer.error !== undefined)
      throw new TransformError("failed", `cannot tell ${keyOf(request)}: ${answer.error}`);
    return answer.value as FactValues[Kind];
  };
  return {
    answers,
    stat: (path) => get("stat", path),
    realpath: (path) => get("realpath", path),
    statfs: (path) => get("statfs", path),
    listdir: (path) => get("listdir", path),
    readlink: (path) => get("readlink", path),
    readFile: (path) => get("read-file", path),
    mountinfo: () => get("mountinfo", ""),
    uname: () => get("uname", ""),
  };
}

function keyOf(request: FactRequest): string {
  return "path" in request ? `${request.kind} ${request.path}` : request.kind;
}
