/** What a verifier reports. */

/** In the order in which they are reported. */
export type CheckName =
  | "document"
  | "layout"
  | "signature"
  | "key"
  | "agreement"
  | "payload-bytes"
  | "payload-sha256"
  | "fields"
  | "count"
  | "totals"
  | "root"
  | "receipt"
  | "ledger";

export interface Check {
  readonly name: CheckName;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was found, in a sentence without a full stop and without any value of a record. */
  readonly detail: string;
}

export function passed(name: CheckName, detail: string): Check {
  return { name, outcome: "passed", detail };
}

export function failed(name: CheckName, detail: string): Check {
  return { name, outcome: "failed", detail };
}

export function skipped(name: CheckName, detail: string): Check {
  return { name, outcome: "skipped", detail };
}

/** A check by what was found. `[yes, no]`: what to say of it. */
export function judge(
  name: CheckName,
  holds: boolean,
  [yes, no]: readonly [string, string],
): Check {
  return holds ? passed(name, yes) : failed(name, no);
}
