/** What becomes of a value: its canonical text, no value, or a refusal. */

/**
 * Why a value is refused. The message names the rule and never the value: a field's name is added by
 * whoever reports it, and the value itself stays in the quarantine.
 */
export class Rejection {
  readonly rule: string;
  readonly message: string;

  constructor(rule: string, message: string) {
    this.rule = rule;
    this.message = message;
  }
}

/** Canonical text, `null` for "no value", or a refusal. */
export type Outcome = string | null | Rejection;

/** Turns a value that is not empty and has no blanks around it into its canonical text. */
export type Normalise = (text: string) => Outcome;
