/** How a failed command ends: what it says and its exit code. */
import {
  type ErrorKind,
  type Issue,
  IssuesError,
  UnavailableError,
  WaybillError,
} from "../../kernel/index.ts";
import type { Output } from "./output.ts";
import { toJson } from "./json.ts";

/** Exit codes by kind of error; 1 is left for what nobody foresaw. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  "invalid-input": 2,
  refused: 3,
  "not-found": 4,
  conflict: 5,
  forbidden: 6,
  unavailable: 7,
  timeout: 8,
  cancelled: 130,
};

export const UNFORESEEN = 1;

/** Tells the user what went wrong and how to mend it. @returns the exit code */
export function reportFailure(
  error: unknown,
  output: Output,
  stdout: NodeJS.WritableStream,
): number {
  const known = foreseen(error);
  if (output.json) {
    stdout.write(`${toJson({ error: failureDocument(known) })}\n`);
  }
  output.note(known === undefined ? unforeseenText(error) : failureText(known));
  return known === undefined ? UNFORESEEN : EXIT_CODES[known.kind];
}

/** A disk can fill up under any file that is written, so no caller is asked to foresee it. */
function foreseen(error: unknown): WaybillError | undefined {
  if (error instanceof WaybillError) {
    return error;
  }
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return code === "ENOSPC" || code === "EDQUOT"
    ? new UnavailableError("disk-full", "a disk is full", {
        hint: "free some space where the data directory and the temporary folder are",
      })
    : undefined;
}

function issuesOf(error: WaybillError): readonly Issue[] {
  return error instanceof IssuesError ? error.issues : [];
}

function failureDocument(error: WaybillError | undefined): object {
  if (error === undefined) {
    return { kind: "unforeseen", message: "an unforeseen error; standard error has its name" };
  }
  const { kind, code, message, hint } = error;
  return { kind, code, message, hint, issues: issuesOf(error) };
}

/** Nothing is said twice: not an issue that the message is made of, not a hint that several share. */
function failureText(error: WaybillError): string {
  const issues = issuesOf(error);
  const isAllSaid = issues.length === 1 && error.message.endsWith(issues[0]?.message ?? "");
  const hints = issues.map(({ hint }) => hint);
  const lines = isAllSaid
    ? excerptLines(issues[0])
    : issues.flatMap((issue, index) => issueLines(issue, hints[index + 1]));
  const last = error.hint ?? (isAllSaid ? hints[0] : undefined);
  return [`error: ${error.message}`, ...lines, ...(last === undefined ? [] : [`  ${last}`])].join(
    "\n",
  );
}

function issueLines(issue: Issue, nextHint?: string): string[] {
  const { at, line, column, message, hint } = issue;
  const place = [at, line, column].filter((part) => part !== undefined).join(":");
  const said = [`  ${place}: ${message}`, ...excerptLines(issue)];
  return hint === undefined || hint === nextHint ? said : [...said, `    ${hint}`];
}

function excerptLines(issue: Issue | undefined): string[] {
  return issue?.excerpt === undefined
    ? []
    : issue.excerpt.split("\n").map((line) => `      ${line}`);
}

/** Only names and places in our code: the message of an unknown error may hold a value of a record. */
function unforeseenText(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  const frames = error instanceof Error ? (error.stack ?? "").split("\n").filter(isFrame) : [];
  return [`error: an unforeseen ${name}; please report it with these lines`, ...frames].join("\n");
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}
