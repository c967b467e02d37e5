/**
 * The outcome of one item among many that succeed or fail separately (an imported row, a policy
 * decision). An operation as a whole throws a {@link WaybillError} instead: never both for one thing.
 * Plain objects, so that results cross worker boundaries.
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}
