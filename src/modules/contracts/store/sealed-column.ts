/**
 * How a column is compared. The bytes of a sealed value begin with its blind index, which is equal for
 * equal values whoever they belong to; what follows depends on whose key sealed it.
 */
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { Field } from "../catalogue.ts";

/** Bytes of a blind index: 128 bits, so that two of 2^40 values meet by chance once in 2^49 clients. */
const BLIND_INDEX_BYTES = 16;

/** The blind index of a sealed column. @param column quoted, with its alias */
export function blindIndexOf(column: string): string {
  return `substring(${column} for ${BLIND_INDEX_BYTES})`;
}

/**
 * What stands for a field wherever values are compared, grouped or counted: the column itself, or the
 * blind index of a sealed one.
 * @param alias of the row; left out where the statement has one table
 */
export function comparable(field: Pick<Field, "name" | "sealed">, alias?: string): string {
  const column = (alias === undefined ? "" : `${alias}.`) + quoteIdent(field.name);
  return field.sealed === true ? blindIndexOf(column) : column;
}

/** The blind index of a sealed column in the form of `_key` and `_subject`. @param column as in {@link blindIndexOf} */
export function blindHex(column: string): string {
  return `encode(${blindIndexOf(column)}, 'hex')`;
}
