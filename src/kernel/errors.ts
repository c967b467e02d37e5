/**
 * Every way an operation can refuse or fail: a closed family. Callers switch on `kind`; metrics and
 * documents use `code`, which never changes once released.
 *
 * A message reaches users and logs, so it never carries a value of a record: names of fields, files,
 * lines, rules and ids only. What a value was stays in the quarantine, behind the client's wall.
 *
 * To add a kind: 1. the class here; 2. its exit code in `entry/cli`; 3. its status in
 * `platform/http/problem.ts`; 4. its line in `docs/errors.md`; 5. an example in `errors.test.ts`.
 */
export type ErrorKind =
  | "invalid-input"
  | "not-found"
  | "conflict"
  | "refused"
  | "forbidden"
  | "cancelled"
  | "timeout"
  | "unavailable";

/** One thing that is wrong with an input: what, where, and how to mend it. */
export interface Issue {
  /** Where: a file, a path inside it, a field. For example `contract.yaml: schema[0].properties[3].logicalType`. */
  readonly at: string;
  /** What is wrong, in a sentence without a full stop and without any value of a record. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string | undefined;
  /** 1-based line in the file that `at` names. */
  readonly line?: number | undefined;
  /** 1-based column in that line. */
  readonly column?: number | undefined;
  /** The place with its surroundings, at most 40 characters, and a line with carets below it. */
  readonly excerpt?: string | undefined;
}

export interface ErrorOptions {
  /** How to mend it: the next thing to type or to look at. */
  readonly hint?: string | undefined;
  /** Further facts for the log. Ids, counts and names only. */
  readonly details?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly cause?: unknown;
}

/** The root of the family. `message` is fit for a user's eyes. */
export abstract class WaybillError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** An error that has every issue found, not only the first. */
export abstract class IssuesError extends WaybillError {
  readonly issues: readonly Issue[];

  // oxlint-disable-next-line max-params -- the issues are the matter of this error, not an option
  constructor(
    code: string,
    message: string,
    issues: readonly Issue[] = [],
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
    this.issues = issues;
  }
}

/** The input is not what it must be. */
export class InvalidInputError extends IssuesError {
  override readonly name = "InvalidInputError";
  override readonly kind = "invalid-input";
}

/** What was asked for does not exist, or must not be known to exist. */
export class NotFoundError extends WaybillError {
  override readonly name = "NotFoundError";
  override readonly kind = "not-found";
}

/** Another operation, or the present state, stands in the way. */
export class ConflictError extends WaybillError {
  override readonly name = "ConflictError";
  override readonly kind = "conflict";
}

/** A rule says no: a held intake, a destructive change that was not named, a failed verification. */
export class RefusedError extends IssuesError {
  override readonly name = "RefusedError";
  override readonly kind = "refused";
}

/** Whoever asks may not have it. */
export class ForbiddenError extends WaybillError {
  override readonly name = "ForbiddenError";
  override readonly kind = "forbidden";
}

/** A person or a signal stopped the work; what was done so far is rolled back or resumable. */
export class CancelledError extends WaybillError {
  override readonly name = "CancelledError";
  override readonly kind = "cancelled";
}

/** It took longer than its limit. */
export class TimeoutError extends WaybillError {
  override readonly name = "TimeoutError";
  override readonly kind = "timeout";
}

/** Something Waybill needs does not answer or cannot go on: the database, the disk, a destination. */
export class UnavailableError extends WaybillError {
  override readonly name = "UnavailableError";
  override readonly kind = "unavailable";
}
