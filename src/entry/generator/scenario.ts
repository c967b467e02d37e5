/** What the generator of one client consists of. */
import type { MistakeRates } from "./mistakes.ts";
import type { FileLayout, RowFile } from "./row-file.ts";

/** Shares between 0 and 1. */
export interface ErrorRates extends MistakeRates {
  /** Persons whom the CRM has once more; each further time with the same share again. */
  readonly duplicates: number;
  /** Rows of every file that no reader should accept. */
  readonly badRows: number;
}

export interface ScenarioOptions {
  readonly customers: number;
  readonly seed: number;
  /** The last day of the history, in days since 1970-01-01. */
  readonly untilDay: number;
  readonly errors: ErrorRates;
}

/** Further counts for the report. */
export interface Tally {
  /** Records of a person whom the same file already has. */
  duplicates: number;
  /** Each mistake with how often it was made. */
  readonly mistakes: Readonly<Record<string, number>>;
}

/**
 * A client's generator: layouts of its files, and passes over the customers. A pass writes what one
 * customer has; it must depend on nothing but the seed and the index, so that nothing is remembered
 * from one customer to the next.
 */
export interface Scenario<File extends string> {
  readonly layouts: Readonly<Record<File, FileLayout>>;
  readonly passes: readonly ((index: number, files: Readonly<Record<File, RowFile>>) => void)[];
  readonly tally: Tally;
}
