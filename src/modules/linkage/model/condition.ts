/**
 * Conditions over two records, left and right: what a level of a comparison asks. A closed set, so that
 * a model file can never bring its own SQL; each condition has one meaning, which the SQL for DuckDB and
 * the evaluation in this process share.
 *
 * Three-valued: a condition over a value that is missing is unknown, and an unknown condition does not
 * hold. `missing` itself is never unknown.
 */

/** A value of one record: a prepared column, or a part of its text. */
export interface Operand {
  readonly column: string;
  /** Takes the first match of the expression (RE2 syntax); nothing where there is none. */
  readonly match?: string | undefined;
  /** Reads the text as a date in DuckDB's `strptime` format; nothing where it is none. */
  readonly date?: string | undefined;
}

/** A value of the left record beside one of the right: the same column, or two that may be swapped. */
export interface Operands {
  readonly left: Operand;
  readonly right: Operand;
}

/** Similarities from 0 to 1. */
export type SimilarityMeasure = "jaro-winkler" | "jaro" | "jaccard";

/** Numbers of edits. `adjacent-swap` is Levenshtein's distance where one swap of neighbours counts as one. */
export type DistanceMeasure = "levenshtein" | "damerau-levenshtein" | "adjacent-swap";

export type Condition =
  | { readonly kind: "all"; readonly of: readonly Condition[] }
  | { readonly kind: "any"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  /** The value is missing on either side. */
  | ({ readonly kind: "missing" } & Operands)
  | ({ readonly kind: "equal" } & Operands)
  | ({
      readonly kind: "similar";
      readonly measure: SimilarityMeasure;
      readonly atLeast: number;
    } & Operands)
  | ({
      readonly kind: "distance";
      readonly measure: DistanceMeasure;
      readonly atMost: number;
    } & Operands)
  /** Dates at most so many days apart; columns of days since 1970-01-01, or operands read as dates. */
  | ({ readonly kind: "days"; readonly atMost: number } & Operands)
  /** Numbers at most so far apart. */
  | ({ readonly kind: "numbers"; readonly atMost: number } & Operands)
  /** Lists that share at least so many elements, compared whole. */
  | ({ readonly kind: "overlap"; readonly atLeast: number } & Operands)
  /** Lists whose common elements are at least this share, 0 to 1, of the elements of the shorter one. */
  | ({ readonly kind: "overlap-share"; readonly atLeast: number } & Operands)
  /** Both texts have at least so many characters. */
  | ({ readonly kind: "length"; readonly atLeast: number } & Operands)
  /** One text stands within the other, and the shorter has at least so many characters. */
  | ({ readonly kind: "within"; readonly atLeast: number } & Operands)
  /** One text begins with the other, and the shorter has at least so many characters. */
  | ({ readonly kind: "prefix"; readonly atLeast: number } & Operands)
  /** Places on the sphere at most so many kilometres apart. */
  | {
      readonly kind: "kilometres";
      readonly latitude: string;
      readonly longitude: string;
      readonly atMost: number;
    };
