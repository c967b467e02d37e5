/**
 * What one recipient may have for one purpose: which rows, and which form of which field. Everything
 * that shows or sends a client's data asks an `Access` first, and puts what it answers into its query.
 */
import type { SqlValue } from "../../platform/postgres/index.ts";
import type { Form } from "./forms/form.ts";
import type { Recipient } from "./recipients/recipient.ts";
import type { RowConsents } from "./sql/row-consents.ts";

/** Where an SQL text's values go: answers what stands for the value, such as `$3::text`. */
export interface SqlParameters {
  add(
    value: SqlValue,
    type: "text" | "bigint" | "numeric" | "boolean" | "date" | "timestamptz" | "text[]" | "bytea",
  ): string;
}

/** The tables of a statement that an access is put into. */
export interface AccessTarget {
  /** Whose fields are read. */
  readonly dataset: string;
  /** Alias of what holds the fields' columns: golden rows, source records, events or a copy of them. */
  readonly row: string;
  /**
   * Alias of the golden customer that the row belongs to: its fields and its `_id` are what conditions
   * ask. Joined from the left, since an event can wait for its customer. Left out for accounts.
   */
  readonly customer?: string | undefined;
  /** Alias of the golden account, where accounts are read. */
  readonly account?: string | undefined;
  readonly parameters: SqlParameters;
  /** Looks consents up for the whole statement, which joins them; left out: looked up wherever they are asked. */
  readonly consents?: RowConsents | undefined;
}

/** The instant that is asked about, or `live`: whenever the statement runs, for views. */
export type AccessInstant = Date | "live";

export interface Access {
  readonly recipient: Recipient;
  /** A fideslang data use key. */
  readonly purpose: string;
  readonly at: AccessInstant;
  /** Hex SHA-256 over all policies in force, for waybills and the ledger. */
  readonly policySha256: string;
  /** Why nothing at all is seen, for people: the agreement has ended, there is no policy. */
  readonly nothing: string | undefined;

  /**
   * The forms that a field can have, from the most telling; exactly one when all rows have the same.
   * A field that may only ever be absent should not be asked for at all.
   */
  forms(dataset: string, field: string): readonly Form[];

  /** Whether the field is clear on every row: only then may anybody filter, sort or segment by it. */
  isClear(dataset: string, field: string): boolean;

  /**
   * SQL, never null: whether any of the fields may be had of the row. `true` and `false` as such words
   * when it is the same for all rows.
   * @param fields all fields of the dataset when left out
   */
  rowCondition(target: AccessTarget, fields?: readonly string[]): string;

  /**
   * The same access for rows of which {@link rowCondition} of these fields is known to hold: what it asks
   * is not asked again for each field, and forms that differed by it only are the same on all rows.
   */
  ofSeenRows(dataset: string, fields: readonly string[]): Access;

  /**
   * What the rules of the fields are at the access' instant, as a text that is equal for equal rules: two
   * accesses of the same policies judge every row alike, but for consents that began or expired between
   * their instants.
   */
  ruleKey(dataset: string, fields: readonly string[]): string;

  /** SQL, never null: the rank of the form that the row's field is had in ({@link formOfRank}). */
  rank(target: AccessTarget, field: string): string;

  /**
   * SQL: the field in its form. The text form of docs/waybill.md, `text[]` for lists, null when absent or
   * missing. Of a sealed field: the stored bytes wherever the form is not absent; open them, and give
   * them their form with {@link inForm}.
   */
  value(target: AccessTarget, field: string): string;

  /** SQL: the field as a column of its own type, null wherever the form is not clear. */
  clearValue(target: AccessTarget, field: string): string;

  /**
   * A value in a form, in Node: equal to what {@link value} gives. `text` is the value's text form.
   */
  inForm(
    dataset: string,
    field: string,
    given: { readonly form: Form; readonly text: string | null },
  ): string | null;
}
