/**
 * The linkage model: what is compared, how, and what each outcome weighs (Fellegi and Sunter, "A Theory
 * for Record Linkage", JASA 64, 1969). Everything in it can be read, edited and kept under version
 * control; it holds no value of a record.
 */
import type { Condition } from "./condition.ts";

/** What a field is. It decides how values are prepared, compared and blocked. */
export type FieldKind =
  | "given-name"
  | "family-name"
  | "full-name"
  | "company-name"
  | "date"
  | "phone"
  | "email"
  | "street-address"
  | "house-number"
  | "postal-code"
  | "place"
  | "country"
  | "identifier"
  /** A value by a mark that equal values share: nothing but whether two are the same can be told. */
  | "sealed"
  | "coordinates"
  | "set"
  | "category"
  | "text";

/** A field of the records, with the columns of the input that it is read from. */
export interface ModelField {
  /** `^[a-z][a-z0-9_]*$`; what the prepared columns begin with. */
  readonly name: string;
  readonly kind: FieldKind;
  /** One column; two for coordinates: latitude, longitude; several are several values, as phones. */
  readonly columns: readonly string[];
  /** ISO 3166-1 alpha-2: where numbers without a country are from. */
  readonly country?: string | undefined;
  /** Of dates: how they are written, as the values of a whole file showed. */
  readonly dates?: DatesWritten | undefined;
}

export interface DatesWritten {
  /** Which comes first where both could be either. */
  readonly order: "day-month" | "month-day";
  /** `yyyymmdd` of days that stand for an unknown one. */
  readonly placeholderDays: readonly string[];
}

export type PreparedType = "text" | "integer" | "number" | "list";

/** A column of the prepared records: `FIELD` or `FIELD__PART`. */
export interface PreparedColumn {
  readonly name: string;
  readonly type: PreparedType;
}

/** Texts are folded to ASCII; dates are days since 1970-01-01. Nothing is null, and never an empty text. */
export type PreparedValue = string | number | readonly string[] | null;

/** A record by prepared column. */
export type PreparedRecord = Readonly<Record<string, PreparedValue>>;

/** Corrects the weight of agreement on a value by how common the value is. */
export interface TermFrequency {
  /** The column whose values are counted. */
  readonly column: string;
  /** 0 to 1: how much of the correction counts. */
  readonly weight: number;
  /** A share below which a value is taken to be as common as this. */
  readonly minimum: number;
  /** The share of a usual value, which the weight of the level stands for. Undefined: u of the exact level. */
  readonly mean?: number | undefined;
}

/** An outcome of a comparison. The first level whose condition holds is the outcome. */
export interface Level {
  readonly name: string;
  /** `otherwise` ends a comparison; `missing` levels weigh nothing. */
  readonly when: Condition | "otherwise";
  /** A level that says that nothing can be said: it weighs 0 and takes no part in training. */
  readonly isMissing: boolean;
  /** P(level | same), undefined before training. */
  readonly m: number | undefined;
  /** P(level | different), undefined before training. */
  readonly u: number | undefined;
  /** P(level | related), as {@link Model.related} has it; undefined: as among the different. */
  readonly related?: number | undefined;
  readonly termFrequency?: TermFrequency | undefined;
  /** Where training begins, and what a level that it never observes falls back to. */
  readonly start?: LevelStart | undefined;
  /** What the outcome says beside its weight, as {@link Telling} has it. */
  readonly tells?: Telling | undefined;
}

/**
 * What one outcome says of a pair, whatever all others weigh. `contradiction`: one person does not have
 * both values, as two birthdays or two generations; whoever fits two records that contradict each other
 * is left to a person. `identity`: the value is given to one person only, as a passport's number.
 */
export type Telling = "contradiction" | "identity";

export interface LevelStart {
  /** The share of the same pairs that have this outcome. */
  readonly m: number;
  /** log2(m / u). */
  readonly weight: number;
  /** Of what is personal: at least this share of the related have this outcome, as twins one birthday. */
  readonly related?: number | undefined;
}

export interface Comparison {
  readonly name: string;
  /** Relatives agree on it no more often than strangers do, as on a date of birth. */
  readonly isPersonal?: boolean | undefined;
  readonly levels: readonly Level[];
}

/**
 * Comparisons that depend on one another, as a given and a family name do in a village of cousins: they
 * are weighed by the combination of their outcomes. Without it, evidence that comes twice counts twice.
 */
export interface Factor {
  readonly name: string;
  /** Names of the comparisons, two or more; none is in another factor. */
  readonly comparisons: readonly string[];
  /** Combinations that are not listed weigh what their levels weigh one by one. Empty before training. */
  readonly cells: readonly FactorCell[];
}

/** A combination of outcomes, of which at least two say something. */
export interface FactorCell {
  /** The names of the levels, in the order of the factor's comparisons; null where the level is missing. */
  readonly levels: readonly (string | null)[];
  /** P(combination | same, the missing ones missing). */
  readonly m: number;
  /** P(combination | different, the missing ones missing). */
  readonly u: number;
  /** P(combination | related, the missing ones missing); undefined: as among the different. */
  readonly related?: number | undefined;
}

/** A part of a block key: the whole value of a column, some of its characters, or each element of a list. */
export interface KeyPart {
  readonly column: string;
  /** Only so many characters; a shorter value counts whole, so that short names are found too. */
  readonly length?: number | undefined;
  /** Where those characters stand. Undefined: at the start. */
  readonly at?: "start" | "end" | undefined;
}

/** Records that agree on all parts are compared. */
export interface BlockingRule {
  readonly name: string;
  readonly parts: readonly KeyPart[];
}

/** From which probability on a pair is linked, and from which a person is asked. */
export interface Thresholds {
  readonly link: number;
  readonly review: number;
}

export interface Model {
  readonly fields: readonly ModelField[];
  /** P(two random records are the same); undefined before training. */
  readonly prior: number | undefined;
  /**
   * P(two random records are related): of one household or mailbox, and yet of two persons. A third
   * possibility beside the same and the different, which takes the weight from evidence that relatives
   * share. Undefined: there is no such possibility.
   */
  readonly related?: number | undefined;
  readonly comparisons: readonly Comparison[];
  readonly factors?: readonly Factor[] | undefined;
  readonly blocking: readonly BlockingRule[];
  /** Blocks of more records than this are not compared. */
  readonly largestBlock: number;
  readonly thresholds: Thresholds | undefined;
  /** How it was trained, for the reader. */
  readonly training?: ModelTraining | undefined;
}

export interface ModelTraining {
  readonly records: number;
  readonly seed: number;
  /** Pairs that somebody had judged, and that were learnt from. */
  readonly known?: { readonly same: number; readonly different: number } | undefined;
  /** Random pairs that u was counted on. */
  readonly sampledPairs: number;
  readonly sessions: readonly TrainingSession[];
}

/** One run of expectation and maximisation over the pairs of a rule. */
export interface TrainingSession {
  readonly rule: string;
  readonly pairs: number;
  readonly iterations: number;
}
