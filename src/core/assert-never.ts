/** Ends a `switch` over a union: a new member without a case stops compiling at the call. */
export function assertNever(value: never, what: string): never {
  throw new TypeError(`Unexpected ${what}: ${JSON.stringify(value)}`);
}
