/**
 * What every merge statement needs to know. A merge takes rows that an intake has staged (typed,
 * normalised, validated) into source records, golden rows, events, history and the change log, in one
 * transaction that is open until the whole intake is decided.
 */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
import {
  type AccountDataset,
  type Catalogue,
  comparable,
  type CustomerDataset,
  type Dataset,
} from "../../contracts/index.ts";

/** What has golden rows: customers and accounts. */
export type EntityDataset = CustomerDataset | AccountDataset;

export interface MergeContext {
  readonly tx: Transaction;
  readonly catalogue: Catalogue;
  /** Short id of the source in `_sources`. */
  readonly source: number;
  readonly intake: bigint;
  /** Who is behind the intake: written to every change. */
  readonly actor: string;
  /** When the intake arrived: the time of its changes, and of rows whose source does not say. */
  readonly at: Date;
  /** The staging table, in the client's schema. */
  readonly stage: string;
}

/**
 * A range of staged lines, both ends included. Statements that join the staging table to the lines of
 * `_match` name the range too: the planner would otherwise read the whole table for each range.
 */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** What became of a range's rows. `waiting` events are counted under `accepted` too. */
export interface MergeCounts {
  readonly accepted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly waiting: number;
}

export const NO_ROWS: MergeCounts = { accepted: 0, changed: 0, unchanged: 0, waiting: 0 };

export function addCounts(a: MergeCounts, b: MergeCounts): MergeCounts {
  return {
    accepted: a.accepted + b.accepted,
    changed: a.changed + b.changed,
    unchanged: a.unchanged + b.unchanged,
    waiting: a.waiting + b.waiting,
  };
}

/** What the dataset's fields are compared by, as a list for a statement. */
export function comparableList(dataset: Pick<Dataset, "fields">, alias: string): string {
  return dataset.fields.map((field) => comparable(field, alias)).join(", ");
}

/** The dataset's field columns as a list for a statement, each with the alias before it. */
export function columnList(dataset: Dataset, alias?: string): string {
  const prefix = alias === undefined ? "" : `${alias}.`;
  return dataset.fields.map((field) => prefix + quoteIdent(field.name)).join(", ");
}
