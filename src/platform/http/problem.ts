/**
 * The only mapping from errors to HTTP: problem details (RFC 9457) with our stable `code`. Of errors
 * that are not of the family nothing is told but a number to find them by in the log.
 */
import { type ErrorKind, type Issue, IssuesError, WaybillError } from "../../kernel/index.ts";

/** What an answer of type `application/problem+json` holds. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
  /** The request's id, as it stands in the log and in the header `request-id`. */
  readonly requestId: string;
}

/**
 * 409 for `cancelled`: the request met somebody's wish to stop. 422 for `refused`: well-formed, and a
 * rule says no.
 */
const answers: Readonly<Record<ErrorKind, { readonly status: number; readonly title: string }>> = {
  "invalid-input": { status: 400, title: "The input is not what it must be" },
  forbidden: { status: 403, title: "Not permitted" },
  "not-found": { status: 404, title: "Not found" },
  conflict: { status: 409, title: "Another operation stands in the way" },
  cancelled: { status: 409, title: "Cancelled" },
  refused: { status: 422, title: "A rule says no" },
  unavailable: { status: 503, title: "Unavailable at present" },
  timeout: { status: 504, title: "Took longer than its limit" },
};

/** What the HTTP library itself refuses, by its status: its messages may quote the request. */
const requestFaults: ReadonlyMap<number, { readonly title: string; readonly code: string }> =
  new Map([
    [400, { title: "The request cannot be read", code: "http-bad-request" }],
    [404, { title: "There is no such address", code: "http-no-route" }],
    [413, { title: "The request is too large", code: "http-too-large" }],
    [415, { title: "This media type is not taken", code: "http-media-type" }],
  ]);

/** The answer to an error. */
export function problemFrom(error: unknown, requestId: string): Problem {
  if (error instanceof WaybillError) {
    return {
      type: "about:blank",
      ...answers[error.kind],
      code: error.code,
      detail: error.message,
      hint: error.hint,
      issues: issuesOf(error),
      requestId,
    };
  }
  const status = statusOf(error);
  const fault = requestFaults.get(status);
  return fault === undefined
    ? { type: "about:blank", title: "Internal error", status: 500, code: "internal", requestId }
    : { type: "about:blank", ...fault, status, requestId };
}

function issuesOf(error: WaybillError): readonly Issue[] | undefined {
  return error instanceof IssuesError && error.issues.length > 0 ? error.issues : undefined;
}

function statusOf(error: unknown): number {
  const status: unknown = error instanceof Error ? Reflect.get(error, "statusCode") : undefined;
  return typeof status === "number" ? status : 500;
}
