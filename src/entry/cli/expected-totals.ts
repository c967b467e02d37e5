import { InvalidArgumentError } from "commander";

/** Totals promised on the command line. */
export interface ExpectedOption {
  readonly rows?: number | undefined;
  readonly sums: Readonly<Record<string, string>>;
}

/**
 * Reads `rows=7043` and `monthly_charges=456116.60`, one option each.
 * @throws InvalidArgumentError
 */
export function parseExpected(text: string, previous?: ExpectedOption): ExpectedOption {
  const match = /^(?<name>[a-z][a-z0-9_]*)=(?<value>[+-]?\d+(?:\.\d+)?)$/.exec(text);
  const { name, value } = match?.groups ?? {};
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("give rows=NUMBER, or FIELD=SUM with a plain decimal number");
  }
  const sums = previous?.sums ?? {};
  if (name !== "rows") {
    return { rows: previous?.rows, sums: { ...sums, [name]: value } };
  }
  if (!/^\d+$/.test(value)) {
    throw new InvalidArgumentError("rows is a whole number");
  }
  return { rows: Number(value), sums };
}
