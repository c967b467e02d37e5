/** What a source says about the form of its files. Everything not said is detected. */
import type { Encoding } from "./encoding.ts";
import type { FixedColumn } from "./lines.ts";

export const formatKinds = [
  "delimited",
  "json",
  "jsonl",
  "xlsx",
  "parquet",
  "fixed-width",
] as const;
export type FormatKind = (typeof formatKinds)[number];

export interface Format {
  readonly kind?: FormatKind | undefined;
  /** An ASCII character, `tab`, or `whitespace`. */
  readonly delimiter?: string | undefined;
  /** An ASCII character; empty when nothing is quoted. */
  readonly quote?: string | undefined;
  readonly header?: boolean | undefined;
  /** Names when there is no header; places too for fixed-width. */
  readonly columns?: readonly (string | FixedColumn)[] | undefined;
  readonly encoding?: Encoding | undefined;
  readonly sheet?: string | undefined;
}

/** What was found out about an input. */
export interface Detected {
  readonly kind: FormatKind;
  readonly isGzip: boolean;
  /** Of text only. */
  readonly encoding?: Encoding | undefined;
  /** Of delimited text only: the character, `tab` or `whitespace`. */
  readonly delimiter?: string | undefined;
}

/** The name of a column given in either form. */
export function columnName(column: string | FixedColumn): string {
  return typeof column === "string" ? column : column.name;
}
