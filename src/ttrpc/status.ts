import type { ErrorKind } from "../core/errors.ts";

/** Status codes of google.rpc.Status by name; the numbers are gRPC's. */
export const STATUS_CODE = {
  OK: 0,
  CANCELED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Name of a status that is not success. */
export type StatusName = Exclude<keyof typeof STATUS_CODE, "OK">;

const NAME_BY_CODE: ReadonlyMap<number, StatusName> = new Map(
  Object.entries(STATUS_CODE).flatMap(([name, code]) => (isStatusName(name) ? [[code, name] as const] : [])),
);

/** The name of a status code; a code nobody has defined counts as UNKNOWN, as gRPC says. */
export function statusNameOf(code: number): StatusName {
  return NAME_BY_CODE.get(code) ?? "UNKNOWN";
}

/** The status with which a peer is told about an error of this kind. */
export const STATUS_OF_KIND = {
  "already-exists": "ALREADY_EXISTS",
  canceled: "CANCELED",
  "deadline-exceeded": "DEADLINE_EXCEEDED",
  "failed-precondition": "FAILED_PRECONDITION",
  internal: "INTERNAL",
  "invalid-argument": "INVALID_ARGUMENT",
  "not-found": "NOT_FOUND",
  "permission-denied": "PERMISSION_DENIED",
  "resource-exhausted": "RESOURCE_EXHAUSTED",
  unavailable: "UNAVAILABLE",
  unimplemented: "UNIMPLEMENTED",
  unknown: "UNKNOWN",
} as const satisfies Record<ErrorKind, StatusName>;

function isStatusName(name: string): name is StatusName {
  return name !== "OK" && name in STATUS_CODE;
}
