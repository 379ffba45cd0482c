import { CodedError, messageOf } from "../core/errors.ts";
import { TtrpcError } from "../ttrpc/errors.ts";
import { STATUS_OF_KIND } from "../ttrpc/status.ts";

/** The one place where an error becomes what containerd sees: the code of its kind and the message as it is. */
export function toTtrpcError(error: unknown): TtrpcError {
  if (error instanceof TtrpcError) return error;
  if (error instanceof CodedError)
    return new TtrpcError(STATUS_OF_KIND[error.kind], error.message, { cause: error });
  // Not ours: a bug or the machine's trouble. Never NOT_FOUND, which would make containerd forget the task.
  return new TtrpcError("UNKNOWN", messageOf(error), { cause: error });
}
