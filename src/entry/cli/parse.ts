/** Parsers of command-line values, with errors in words. */
import { InvalidArgumentError } from "commander";

/** A positive whole number up to a million. */
export function parseLimit(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000) {
    throw new InvalidArgumentError("give a whole number from 1 to 1,000,000");
  }
  return value;
}

/** An id as Waybill prints it. */
export function parseId(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) {
    throw new InvalidArgumentError("an id is a whole number, as the lists print it");
  }
  return BigInt(text);
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
