/** To whom a customer was disclosed: every recipient and purpose, with fields, forms and times. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { CustomerDataset } from "../../contracts/index.ts";
import type { GivenForm } from "../../policy/index.ts";
import { decodeIds } from "../../segments/index.ts";
import type { DisclosureChannel } from "./disclosure.ts";
import { type FormerSelf, lineageOf, wasAt } from "./lineage.ts";
import { type FoundPart, partsAround } from "../store/disclosures.ts";

/** One time that a customer was disclosed. */
export interface Occurrence extends Omit<FoundPart, "packed" | "wanted"> {
  /** The id under which it was: the customer's own, or that of a row which held its records then. */
  readonly id: bigint;
}

/** Every time that a customer was disclosed, oldest first. */
export async function occurrencesOf(
  tx: Transaction,
  dataset: CustomerDataset,
  customer: bigint,
): Promise<Occurrence[]> {
  return await occurrencesAmong(tx, await lineageOf(tx, dataset, customer));
}

/** The same for a lineage that is known. */
export async function occurrencesAmong(
  tx: Transaction,
  selves: readonly FormerSelf[],
): Promise<Occurrence[]> {
  const ids = [...new Set(selves.map(({ id }) => id))];
  const parts = await partsAround(tx, ids);
  return parts
    .filter(
      ({ wanted, seen, packed }) =>
        wasAt(selves, wanted, seen) && decodeIds(packed).includes(wanted),
    )
    .map(({ packed: _packed, wanted, ...occurrence }) => ({ ...occurrence, id: wanted }));
}

/** What one recipient got of a customer for one purpose. */
export interface CustomerDisclosure {
  readonly recipient: string;
  readonly recipientKind: FoundPart["recipientKind"];
  readonly purpose: string;
  /** The forms in which each field was seen, by field; the most telling first. */
  readonly fields: Readonly<Record<string, readonly GivenForm[]>>;
  readonly first: Date;
  readonly last: Date;
  /** How often. */
  readonly times: number;
  readonly channels: readonly DisclosureChannel[];
  /** The waybills that it left with, newest first. */
  readonly waybills: readonly { readonly waybillId: string; readonly at: Date }[];
}

const TELLING: readonly GivenForm[] = ["clear", "partial", "bucket", "pseudonym"];

/** Occurrences by recipient and purpose, in the order of their names. Pure. */
export function summarise(occurrences: readonly Occurrence[]): CustomerDisclosure[] {
  const groups = Map.groupBy(occurrences, ({ recipient, purpose }) =>
    JSON.stringify([recipient, purpose]),
  );
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const [first, last] = [group[0], group.at(-1)];
      return first === undefined || last === undefined ? [] : [summary(group, { first, last })];
    });
}

function summary(
  group: readonly Occurrence[],
  { first, last }: { readonly first: Occurrence; readonly last: Occurrence },
): CustomerDisclosure {
  const waybills = group.flatMap(({ waybillId, at }) =>
    waybillId === null ? [] : [{ waybillId, at }],
  );
  return {
    recipient: last.recipient,
    recipientKind: last.recipientKind,
    purpose: last.purpose,
    fields: formsByField(group),
    first: first.at,
    last: last.at,
    times: new Set(group.map(({ disclosure }) => disclosure)).size,
    channels: [...new Set(group.map(({ channel }) => channel))].toSorted(),
    waybills: waybills.toReversed(),
  };
}

/** Every form that each field was seen in, by field. */
export function formsByField(
  occurrences: readonly Pick<Occurrence, "fields">[],
): Record<string, readonly GivenForm[]> {
  const forms = new Map<string, Set<GivenForm>>();
  for (const { fields } of occurrences) {
    for (const [field, form] of Object.entries(fields)) {
      forms.set(field, (forms.get(field) ?? new Set()).add(form));
    }
  }
  return Object.fromEntries(
    [...forms]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, seen]) => [field, TELLING.filter((form) => seen.has(form))]),
  );
}
