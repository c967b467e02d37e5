/** Which fields an answer to criteria tells something about: whoever asks must be allowed to see them. */
import { WaybillError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type Catalogue, customerDataset, type Dataset } from "../../contracts/index.ts";
import { type Criteria, dependencies } from "../../criteria/index.ts";
import type { SegmentBook } from "../segment-book.ts";
import { openBook } from "../versions/open-book.ts";

/** A field of a dataset. */
export interface FieldPlace {
  readonly dataset: string;
  readonly field: string;
}

/** A segment by its name, or criteria as text: exactly one of them. */
export interface AskedCriteria {
  readonly segment?: string | undefined;
  readonly criteria?: string | undefined;
  /** Of criteria as text: the dataset whose rows are the members; default: the customers. */
  readonly subject?: string | undefined;
}

/**
 * The fields that criteria look at, those of the segments they name included. When an event happened and
 * to whom always matters where events do.
 * @throws NotFoundError `segment-not-found`
 * @throws InvalidInputError when the text cannot be read
 */
export async function fieldsAsked(
  tx: Transaction,
  catalogue: Catalogue,
  { segment, criteria = "", subject }: AskedCriteria,
): Promise<readonly FieldPlace[]> {
  const book = await openBook(tx, catalogue);
  const read = segment === undefined ? book.parse(criteria, subject) : book.criteria(segment);
  return placesOf(read, { catalogue, book });
}

/**
 * The fields that segments look at, by the segments' names. Those whose criteria fit the contract no longer,
 * and those that there are not, are left out.
 * @param names default: all segments
 */
export async function fieldsOfSegments(
  tx: Transaction,
  catalogue: Catalogue,
  names?: readonly string[],
): Promise<ReadonlyMap<string, readonly FieldPlace[]>> {
  const book = await openBook(tx, catalogue);
  const asked = names ?? book.names;
  return new Map(
    asked.flatMap((name) => {
      const places = placesOfSegment(name, { catalogue, book });
      return places === undefined ? [] : [[name, places] as const];
    }),
  );
}

interface Scene {
  readonly catalogue: Catalogue;
  readonly book: SegmentBook;
}

function placesOfSegment(name: string, scene: Scene): readonly FieldPlace[] | undefined {
  try {
    return placesOf(scene.book.criteria(name), scene);
  } catch (error) {
    if (error instanceof WaybillError) {
      return undefined;
    }
    throw error;
  }
}

function placesOf(read: Criteria, { catalogue, book }: Scene): readonly FieldPlace[] {
  const found = dependencies(read, { catalogue, segments: book.resolve });
  const of = (dataset: string | undefined, fields: readonly string[]): FieldPlace[] =>
    dataset === undefined ? [] : fields.map((field) => ({ dataset, field }));
  const account = catalogue.datasets.find(({ kind }) => kind === "account")?.name;
  const customers = customerDataset(catalogue)?.name;
  return [
    ...of(customers, [...found.customerFields, ...(found.people ?? [])]),
    ...of(account, found.accountFields),
    ...of(found.subject, found.eventFields),
    ...[...found.events].flatMap(([name, fields]) =>
      of(name, [...fields, ...alwaysAsked(catalogue.datasets.find((one) => one.name === name))]),
    ),
  ];
}

function alwaysAsked(dataset: Dataset | undefined): readonly string[] {
  return dataset?.kind === "event" ? [dataset.eventTime] : [];
}

/**
 * The dataset whose rows can be members of a segment; undefined: the customers.
 * @throws NotFoundError `segment-not-found`
 */
export async function subjectOf(
  tx: Transaction,
  catalogue: Catalogue,
  segment: string,
): Promise<string | undefined> {
  return (await openBook(tx, catalogue)).definition(segment).subject;
}
