/**
 * The catalogue: a client's contract, compiled. The only place identifiers that reach SQL come from,
 * and what criteria, intake, customers and distribution know about a client's data.
 */

/** The types a field can have, with the PostgreSQL type that stores each. */
export type FieldType =
  | { readonly kind: "text" } // text
  | { readonly kind: "integer" } // bigint
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number } // numeric(p,s), exact
  | { readonly kind: "boolean" } // boolean
  | { readonly kind: "date" } // date
  | { readonly kind: "timestamp" } // timestamptz
  | { readonly kind: "text-list" } // text[]
  | { readonly kind: "enum"; readonly values: readonly string[] }; // text with a check

/** How raw text becomes the field's canonical form. */
export type Normaliser =
  | "phone"
  | "email"
  | "person-name"
  | "company-name"
  | "postal-code"
  | "country"
  | "trim"
  | "upper"
  | "lower";

/** Which source record's value a golden field takes. */
export type Survivorship =
  | "most-recent"
  | "most-trusted"
  | "most-complete"
  | "longest"
  | "majority";

/** What erasure does to the field (the four methods of datacontract-specification#68). */
export type ErasureMethod = "delete" | "hash" | "encrypt-one-time-key" | "pattern-mask";

/** What a value must satisfy, beyond its type. Bounds are in the field's own text form, compared exactly. */
export interface FieldRules {
  readonly required: boolean;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  /** RE2 syntax, matched in linear time against the whole value. */
  readonly pattern?: string | undefined;
  readonly minimum?: string | undefined;
  readonly maximum?: string | undefined;
  readonly exclusiveMinimum?: string | undefined;
  readonly exclusiveMaximum?: string | undefined;
}

export interface Field {
  /** Also the column's name: `^[a-z][a-z0-9_]{0,58}$`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly type: FieldType;
  readonly rules: FieldRules;
  /** A fideslang data category key, for example `user.contact.email`. */
  readonly category: string | undefined;
  readonly normaliser: Normaliser | undefined;
  readonly survivorship: Survivorship;
  /** Equal values mean the same customer (or account); indexed and searchable. */
  readonly identifier: boolean;
  readonly erasure: ErasureMethod;
  /**
   * Values are stored encrypted under a key of the person they are about, with a blind index: they can
   * be found and compared by equality, and nothing else can be asked of them in the database.
   */
  readonly sealed?: true | undefined;
  /**
   * Of a sealed field: equal values look equal for one person only, so that nobody can be found by them.
   * For fields of few possible values, whose frequencies would tell what they are.
   */
  readonly equality?: "subject" | undefined;
}

/** A rule over one row: a CEL expression on `row.FIELD` that must be true. */
export interface RowRule {
  readonly id: string;
  readonly expression: string;
  readonly message: string;
}

/** Points at a field of another dataset whose value a field repeats. */
export interface Reference {
  readonly field: string;
  readonly dataset: string;
  readonly target: string;
}

interface DatasetBase {
  /** Plural; also the table's name: `^[a-z][a-z0-9_]{0,39}$` without `__`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** In the contract's order. */
  readonly fields: readonly Field[];
  /** The fields that identify a row within its source; empty when rows have no key. */
  readonly key: readonly string[];
  readonly rowRules: readonly RowRule[];
}

/** Customers: the subject itself. At most one per contract; its rows resolve into golden customers. */
export interface CustomerDataset extends DatasetBase {
  readonly kind: "customer";
  /** The field that names the customer's account. */
  readonly account: Reference | undefined;
}

/** Accounts: companies or households that customers belong to. */
export interface AccountDataset extends DatasetBase {
  readonly kind: "account";
}

/** Events: things that happened to a customer at a time. */
export interface EventDataset extends DatasetBase {
  readonly kind: "event";
  /** The date or timestamp field that says when it happened. A date means midnight in the client's time zone. */
  readonly eventTime: string;
  /** The field whose value names the customer. */
  readonly subject: Reference;
  /** An event for an unknown customer creates it, instead of waiting for it. */
  readonly createsCustomers: boolean;
}

export type Dataset = CustomerDataset | AccountDataset | EventDataset;

export interface Catalogue {
  /** The client's key: `^[a-z][a-z0-9-]{0,30}$`. */
  readonly client: string;
  readonly contractId: string;
  readonly contractVersion: string;
  /** Hex SHA-256 of the contract file's bytes. */
  readonly contractSha256: string;
  /** IANA name; days begin and end in it. */
  readonly timeZone: string;
  /** ISO 3166-1 alpha-2: numbers and addresses without a country are taken to be from here. */
  readonly defaultCountry: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Who may see counts but not customers learns of no group smaller than this. */
  readonly minimumCount: number;
  /** fideslang data use keys that routes and segments may name. */
  readonly purposes: readonly string[];
  readonly datasets: readonly Dataset[];
}

/**
 * The columns Waybill adds to each dataset's tables. They begin with `_`, which no contract name can.
 *
 * - golden table `NAME` (customers, accounts): `_id bigint`, `_version int`, `_created_at`, `_updated_at`
 * - source records `NAME__records` (customers, accounts): `_record bigint`, `_id bigint` (the golden row),
 *   `_source smallint`, `_key text`, `_hash uuid`, `_stated_at`, `_intake bigint`, `_line bigint`
 * - event table `NAME`: `_id bigint`, `_customer bigint` (null while its customer is unknown), `_at timestamptz`,
 *   `_subject text`, `_source smallint`, `_key text`, `_hash uuid`, `_intake bigint`, `_line bigint`
 *
 * A sealed field stands in `_key` and `_subject` as the hexadecimal digits of its blind index.
 */
export const SYSTEM_COLUMN_PREFIX = "_";

/** What a contract means that says nothing of `waybill.minimumCount`. */
export const DEFAULT_MINIMUM_COUNT = 10;

/** The customers dataset, if the contract has one. */
export function customerDataset(catalogue: Catalogue): CustomerDataset | undefined {
  return catalogue.datasets.find((dataset) => dataset.kind === "customer");
}

export function findDataset(catalogue: Catalogue, name: string): Dataset | undefined {
  return catalogue.datasets.find((dataset) => dataset.name === name);
}

export function findField(dataset: Dataset, name: string): Field | undefined {
  return dataset.fields.find((field) => field.name === name);
}

/** The table of the source records of a customers or accounts dataset. */
export function recordsTable(dataset: Dataset): string {
  return `${dataset.name}__records`;
}
