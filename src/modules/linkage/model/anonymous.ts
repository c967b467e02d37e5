/**
 * Records that state nothing of any person: a family name and a telephone, and neither a given name nor a
 * birthday. What tells relatives apart is personal, so of two such records that are equal nobody could say
 * whose is whose, and no later fact could part them: they stand for one customer, a household where it is one.
 */
import type { Comparison, Model, PreparedRecord, PreparedValue } from "./model.ts";
import { comparedColumns, operandsOf } from "./columns.ts";

/** The columns of equal anonymous records, as the two halves of what makes them such. */
export interface AnonymousColumns {
  /** None of these has a value. */
  readonly personal: readonly string[];
  /** Each of these is equal, or missing on both sides. */
  readonly compared: readonly string[];
}

/** Undefined where relatives are no possibility, or nothing is personal: nobody is told apart by it then. */
export function anonymousColumns({
  comparisons,
  related,
}: Pick<Model, "comparisons" | "related">): AnonymousColumns | undefined {
  const personal = comparisons.filter(({ isPersonal }) => isPersonal === true);
  return related === undefined || personal.length === 0
    ? undefined
    : {
        personal: [...new Set(personal.flatMap(statedIn))],
        compared: [...new Set(comparisons.flatMap(comparedColumns))],
      };
}

/** What has to have a value for a comparison to say anything. Beside it, a given name looks at the family name. */
function statedIn(comparison: Comparison): readonly string[] {
  const stated = comparison.levels.flatMap(({ isMissing, when }) =>
    isMissing && when !== "otherwise" ? operandsOf(when).map(({ column }) => column) : [],
  );
  return stated.length === 0 ? comparedColumns(comparison) : stated;
}

/** Whether two records are equal in all that is compared and state nothing personal. */
export function areOneAnonymous(
  { personal, compared }: AnonymousColumns,
  left: PreparedRecord,
  right: PreparedRecord,
): boolean {
  return (
    personal.every((column) => isMissing(left[column])) &&
    compared.every((column) => areEqual(left[column] ?? null, right[column] ?? null))
  );
}

function isMissing(value: PreparedValue | undefined): boolean {
  return value === null || value === undefined;
}

function areEqual(left: PreparedValue, right: PreparedValue): boolean {
  return Array.isArray(left) && Array.isArray(right)
    ? left.length === right.length && left.every((item, place) => item === right[place])
    : left === right;
}
