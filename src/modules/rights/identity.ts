/**
 * By what a customer is known: to us, and to a recipient that was sent some of its fields at some time.
 * A recipient is told of a customer by nothing that it does not know.
 */
import { type CustomerDataset, type Field, indexedAs } from "../contracts/index.ts";
import type { Occurrence } from "../distribution/index.ts";
import { type Opener, type Protection, shredded } from "../protection/index.ts";
import type { Notice } from "../../protocol/rights/index.ts";
import type { FormerValue, StoredValue } from "./store/subject.ts";

/** Fields that name a customer: identifiers, and what rows of the dataset are keyed by. */
export function namingFields({ fields, key }: CustomerDataset): Field[] {
  return fields.filter(({ identifier, name }) => identifier || key.includes(name));
}

/** A value that a field had until a change. */
export interface KnownValue {
  readonly field: string;
  readonly until: bigint;
  readonly value: string | undefined;
}

/** The identifying values of one customer, in clear. Never kept. */
export interface IdentityBook {
  readonly customer: bigint;
  /** Of the golden row, by field. */
  readonly current: ReadonlyMap<string, string>;
  /** Of the golden row before, oldest first. */
  readonly former: readonly KnownValue[];
  /** Of the source records, by field. */
  readonly records: ReadonlyMap<string, readonly string[]>;
}

export interface StoredIdentity {
  readonly customer: bigint;
  readonly golden: readonly StoredValue[];
  readonly former: readonly FormerValue[];
  readonly records: readonly StoredValue[];
}

/** Opens what is stored of a customer's identity. Values whose keys are gone are left out. */
export async function openIdentity(
  { customer, golden, former, records }: StoredIdentity,
  dataset: CustomerDataset,
  protection: Protection,
): Promise<IdentityBook> {
  const sealed = new Set(dataset.fields.filter((field) => field.sealed).map(({ name }) => name));
  const asStored = former.map(({ before, ...rest }) => ({
    ...rest,
    value: before !== null && sealed.has(rest.field) ? bytesOfText(before) : before,
  }));
  const buffers = [...golden, ...records, ...asStored].flatMap(({ value }) =>
    Buffer.isBuffer(value) ? [value] : [],
  );
  const opener = buffers.length === 0 ? undefined : await protection.opener(buffers);
  const clear = ({ field, value }: { field: string; value: string | Buffer | null }) =>
    textOf(value, { opener, dataset, field });
  return {
    customer,
    current: new Map(
      golden.flatMap((one) => {
        const value = clear(one);
        return value === undefined ? [] : [[one.field, value] as const];
      }),
    ),
    former: asStored.map((one) => ({ field: one.field, until: one.change, value: clear(one) })),
    records: valuesByField(records.map((one) => ({ field: one.field, value: clear(one) }))),
  };
}

/** The bytes that the history writes as `\x…`. */
function bytesOfText(text: string): Buffer {
  return Buffer.from(text.slice(2), "hex");
}

function textOf(
  value: string | Buffer | null,
  {
    opener,
    dataset,
    field,
  }: {
    readonly opener: Opener | undefined;
    readonly dataset: CustomerDataset;
    readonly field: string;
  },
): string | undefined {
  if (value === null || typeof value === "string") {
    return value ?? undefined;
  }
  const text = opener?.open(indexedAs(dataset, field), value);
  return text === shredded ? undefined : text;
}

function valuesByField(
  values: readonly { readonly field: string; readonly value: string | undefined }[],
): Map<string, string[]> {
  const byField = new Map<string, string[]>();
  for (const { field, value } of values) {
    if (value !== undefined) {
      byField.set(field, [...(byField.get(field) ?? []), value]);
    }
  }
  return byField;
}

/** The value that a field of the golden row had when the change log stood at `seen`. Pure. */
export function valueAt(book: IdentityBook, field: string, seen: bigint): string | undefined {
  const next = book.former.find((one) => one.field === field && one.until > seen);
  return next === undefined ? book.current.get(field) : next.value;
}

/** Every value of a field that was sent in a form. */
function valuesSent(
  book: IdentityBook,
  field: string,
  occurrences: readonly Pick<Occurrence, "id" | "seen">[],
): string[] {
  const values = occurrences.flatMap(({ id, seen }) => {
    // Of a row that is gone nobody knows what it showed: one of the values of its records.
    const sent =
      id === book.customer ? [valueAt(book, field, seen)] : (book.records.get(field) ?? []);
    return sent.filter((value) => value !== undefined);
  });
  return [...new Set(values)].toSorted();
}

/** The pseudonym that a recipient was sent for a value of a field; undefined where none can be made. */
export type PseudonymOf = (
  field: string,
  text: string,
  to: Pick<Occurrence, "recipient" | "purpose">,
) => string | undefined;

/**
 * How a recipient knows the customer: identifying fields that it was sent in clear; where it has none,
 * their pseudonyms. Undefined where it has neither.
 */
export function knownAs(
  book: IdentityBook,
  occurrences: readonly Occurrence[],
  { fields, pseudonymOf }: { readonly fields: readonly Field[]; readonly pseudonymOf: PseudonymOf },
): Pick<Notice["customer"], "clear" | "pseudonym"> | undefined {
  const clear = valuesOf("clear", (field, sent) => valuesSent(book, field, sent));
  if (clear !== undefined) {
    return { clear };
  }
  const pseudonym = valuesOf("pseudonym", (field, sent) => {
    const made = sent.flatMap((to) =>
      valuesSent(book, field, [to]).map((text) => pseudonymOf(field, text, to)),
    );
    return [...new Set(made.filter((value) => value !== undefined))].toSorted();
  });
  return pseudonym === undefined ? undefined : { pseudonym };

  function valuesOf(
    form: "clear" | "pseudonym",
    read: (field: string, sent: readonly Occurrence[]) => string[],
  ): Record<string, string[]> | undefined {
    const found = fields.flatMap(({ name }) => {
      const values = read(
        name,
        occurrences.filter((one) => one.fields[name] === form),
      );
      return values.length === 0 ? [] : [[name, values] as const];
    });
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }
}
