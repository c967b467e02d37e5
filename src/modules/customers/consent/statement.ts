/** What a customer states about being used for a purpose, and whether it can be said so. Pure. */
import type { Issue } from "../../../kernel/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { consentProblem, type ConsentChannel } from "../../criteria/index.ts";

export interface ConsentStatement {
  /** A fideslang data use key; it covers those beneath it. */
  readonly purpose: string;
  readonly channel: ConsentChannel;
  /** False: withdrawn. */
  readonly granted: boolean;
  /** When the customer said so. Of statements on the same, the one stated last stands. */
  readonly statedAt: Date;
  /** From when it counts: not before it was stated. */
  readonly startsAt: Date;
  /** From when a grant no longer counts; undefined: until something else is stated. */
  readonly expiresAt: Date | undefined;
  /** Where it was stated: `web form`, `call`. No personal data. */
  readonly source: string;
  /** What shows it, as it can be found again: a document's number, a recording's id. */
  readonly proof: string | undefined;
  /** Hex SHA-256 of what shows it. */
  readonly proofSha256: string | undefined;
}

const LONGEST_TEXT = 200;
// oxlint-disable-next-line no-control-regex -- the pattern is about control characters
const PLAIN_TEXT = /^[^\u0000-\u001f\u007f]+$/u;

/** Everything that is wrong with a statement; `at` is the member. */
export function statementIssues(
  statement: ConsentStatement,
  against: { readonly catalogue: Catalogue; readonly now: Date },
): Issue[] {
  const { purpose, granted, statedAt, startsAt, expiresAt, source, proof } = statement;
  const issues: Issue[] = [];
  const unknown = consentProblem(purpose, against.catalogue);
  if (unknown !== undefined) {
    issues.push({ at: "purpose", ...unknown });
  }
  if (statedAt > against.now) {
    const hint = "say when it was stated; `from` says from when it counts";
    issues.push({ at: "stated", message: "it would have been stated in the future", hint });
  }
  if (startsAt < statedAt) {
    const hint = "leave it out, or name a later instant";
    issues.push({ at: "from", message: "it would count before it was stated", hint });
  }
  if (expiresAt !== undefined && expiresAt <= startsAt) {
    const hint = "name a later instant, or leave it out: it then counts until it is withdrawn";
    issues.push({ at: "expires", message: "it would end before it begins", hint });
  }
  if (expiresAt !== undefined && !granted) {
    const hint = "a withdrawal holds until something else is stated: leave it out";
    issues.push({ at: "expires", message: "a withdrawal does not expire", hint });
  }
  if (!isPlain(source)) {
    issues.push({ at: "source", message: TEXT_RULE, hint: "for example web form" });
  }
  if (proof !== undefined && !isPlain(proof)) {
    issues.push({ at: "proof", message: TEXT_RULE, hint: "for example the number of a recording" });
  }
  return issues;
}

const TEXT_RULE = `must be one line of at most ${LONGEST_TEXT} characters`;

function isPlain(text: string): boolean {
  return text.trim() !== "" && text.length <= LONGEST_TEXT && PLAIN_TEXT.test(text);
}
