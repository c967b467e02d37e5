/**
 * Makes a value when it is first asked for, and keeps it: for tables and services of the platform that
 * cost milliseconds, which a command that never asks should not pay.
 */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
