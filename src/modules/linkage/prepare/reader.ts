import type { PreparedType, PreparedValue } from "../model/model.ts";

/** A column that a field is read into: `FIELD` where the name is empty, `FIELD__NAME` otherwise. */
export interface Part {
  readonly name: string;
  readonly type: PreparedType;
}

/** Why a value that was there counts as missing. */
export type SetAsideReason =
  /** A word that stands for nothing, as `unknown`. */
  | "placeholder-word"
  /** A number or identifier that nobody has, as 0000000. */
  | "placeholder-number"
  /** A day that forms and databases put in, as 1900-01-01. */
  | "placeholder-date"
  /** An e-mail address that nobody reads, as test@example.com. */
  | "placeholder-email"
  /** Not what the field says it is: no date, no digits. */
  | "unreadable";

/** The values of the parts in their order, or why there are none. */
export type ReadParts = readonly PreparedValue[] | SetAsideReason;

/** How values of one kind of field are read. Pure: the same text gives the same parts. */
export interface Reader {
  /** The first part is what the field is: its value is null only when the whole reading is set aside. */
  readonly parts: readonly Part[];
  /** Whether the same texts come again and again, so that remembering them pays. */
  readonly isRepetitive: boolean;
  /** What several columns of one record are put together with; without it each is a value of its own. */
  readonly joint?: string | undefined;
  read(text: string): ReadParts;
}
