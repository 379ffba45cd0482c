import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** gantry-init is missing or cannot be executed. */
  "spawn-failed": "unavailable",
  /** An operation of the plan failed; `op`, `step`, `path`, `errno` say which. */
  "step-failed": "internal",
  /** gantry-init ended without saying "ready" or "error": it was killed. */
  "no-report": "internal",
  /** It did not end within the command's time, and was killed. */
  "given-up": "deadline-exceeded",
  /** A report line that docs/plan-format.md does not know. */
  "bad-report": "internal",
  /** The seccomp profile was refused by the compiler. */
  "seccomp-failed": "invalid-argument",
} as const satisfies Record<string, ErrorKind>;

/** Where in a plan a failure happened, as gantry-init reports it. */
export interface FailedStep {
  /** Index of the operation in the plan. */
  readonly opIndex: number;
  /** Kind of the operation, e.g. "mount". */
  readonly op: string;
  /** What was being done, e.g. "open target". */
  readonly step: string;
  /** errno of the failed system call; 0: not a system call. */
  readonly errno: number;
  readonly path: string;
  readonly detail: string;
}

/** A plan that could not be carried out. `step` is there for code "step-failed". */
export class ExecutorError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
  readonly step: FailedStep | undefined;

  constructor(code: keyof typeof KIND, message: string, step?: FailedStep, options?: ErrorOptions) {
    super(code, message, options);
    this.step = step;
  }
}
