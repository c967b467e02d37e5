import { must, type Issue } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  findField,
  indexedAs,
  type CustomerDataset,
  type IndexedPlace,
} from "../../contracts/index.ts";
import type { StatementLine } from "./read-lines.ts";
import { selectByIdentifier, selectByKey } from "../store/consent-statements.ts";

/** The blind index of a sealed value, from its text. */
export type BlindIndex = (place: IndexedPlace, text: string) => Promise<Buffer>;

interface Speaking {
  readonly dataset: CustomerDataset;
  readonly blindIndex: BlindIndex;
}

/** The record of each line, or why there is none. All lines of a file name customers in the same way. */
export async function findSpeakers(
  tx: Transaction,
  batch: readonly StatementLine[],
  speaking: Speaking,
): Promise<readonly (bigint | Issue)[]> {
  const [first] = batch;
  return first?.whose.by === "identifier"
    ? await findByIdentifier(tx, batch, { ...speaking, field: first.whose.field })
    : await findByKey(tx, batch, speaking);
}

async function findByKey(
  tx: Transaction,
  batch: readonly StatementLine[],
  { dataset, blindIndex }: Speaking,
): Promise<readonly (bigint | Issue)[]> {
  const places = await Promise.all(
    batch.map(async ({ whose }) => {
      const { source, key } = whose.by === "key" ? whose : { source: "", key: "" };
      return { source, key: await storedKey(dataset, key, blindIndex) };
    }),
  );
  const found = await selectByKey(tx, dataset, places);
  const records = new Map(found.map((one) => [placeKey(one), one.record]));
  return places.map(
    (place) =>
      records.get(placeKey(place)) ?? {
        at: "record_key",
        message: "the source has no record with this key",
      },
  );
}

/**
 * A key as records have it in `_key`: one part as it is; several with `%` and `|` written `%25` and `%7C`,
 * joined by `|`, as Waybill shows them. A sealed part is its blind index.
 */
async function storedKey(
  dataset: CustomerDataset,
  key: string,
  blindIndex: BlindIndex,
): Promise<string> {
  const isLone = dataset.key.length < 2;
  const parts = isLone ? [key] : key.split("|");
  const stored = parts.map(async (part, place) => {
    const field = findField(dataset, dataset.key[place] ?? "");
    if (field?.sealed !== true) {
      return part;
    }
    const text = isLone ? part : part.replaceAll("%7C", "|").replaceAll("%25", "%");
    return (await blindIndex(indexedAs(dataset, field.name), text)).toString("hex");
  });
  return (await Promise.all(stored)).join("|");
}

function placeKey({ source, key }: { readonly source: string; readonly key: string }): string {
  return JSON.stringify([source, key]);
}

async function findByIdentifier(
  tx: Transaction,
  batch: readonly StatementLine[],
  { dataset, blindIndex, field: name }: Speaking & { readonly field: string },
): Promise<readonly (bigint | Issue)[]> {
  const field = must(findField(dataset, name), "the file's layout was checked");
  const values = await Promise.all(
    batch.map(async ({ whose }) => {
      const value = whose.by === "identifier" ? whose.value : "";
      return field.sealed === true
        ? (await blindIndex(indexedAs(dataset, name), value)).toString("hex")
        : value;
    }),
  );
  const found = await selectByIdentifier(tx, dataset, { field, values: [...new Set(values)] });
  const held = new Map(found.map((one) => [one.value, one]));
  return values.map((value) => {
    const holder = held.get(value);
    if (holder === undefined) {
      const hint = "identifiers are written as Waybill shows them";
      return { at: name, message: "no customer has this identifier", hint };
    }
    return holder.customers === 1
      ? holder.record
      : { at: name, message: `${holder.customers} customers have this identifier` };
  });
}
