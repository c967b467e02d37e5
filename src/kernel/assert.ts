/** Thrown when the program contradicts itself: a bug in Waybill, never the fault of its input. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * States an invariant. The message is a function so that the hot path never builds it.
 * @throws InvariantError when `condition` is false
 */
export function assert(condition: unknown, message: () => string): asserts condition {
  if (!condition) {
    throw new InvariantError(message());
  }
}

/**
 * Takes the absence out of a type where the program knows the value is there.
 * @throws InvariantError when `value` is null or undefined; `why` says what made it certain
 */
export function must<T>(value: T | null | undefined, why: string): T {
  if (value === null || value === undefined) {
    throw new InvariantError(`missing value: ${why}`);
  }
  return value;
}

/** Ends a `switch` over a closed union: a new member that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new InvariantError(`unhandled case: ${JSON.stringify(value)}`);
}
