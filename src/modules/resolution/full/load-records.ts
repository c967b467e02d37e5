/** Reads all records of a dataset into DuckDB, prepared: of those that say the same, only the first. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type EntityDataset, readRecords } from "../../customers/index.ts";
import {
  appendRecords,
  createRecords,
  type ModelField,
  openPreparation,
  openTextHash,
} from "../../linkage/index.ts";
import { contentKey } from "../linking/content-key.ts";
import { recordsOf } from "../linking/linker.ts";

export interface LoadedRecords {
  /** All, in ascending order. */
  readonly records: readonly bigint[];
  /** The golden row of each. */
  readonly current: ReadonlyMap<bigint, bigint>;
  /** The key of what each says, by its place among the records. */
  readonly contents: readonly bigint[];
  /** Those that are in DuckDB, by their numbers there. */
  readonly representatives: readonly bigint[];
  /** The number of a record's representative, which says the same. */
  readonly numberOf: (record: bigint) => number;
  /** The others that say the same, by the number of their representative. */
  readonly followers: ReadonlyMap<number, readonly bigint[]>;
}

/** Makes the table `records`. */
export async function loadRecords(
  { tx, duck, dataset }: { tx: Transaction; duck: DuckDb; dataset: EntityDataset },
  { fields, secret }: { readonly fields: readonly ModelField[]; readonly secret: Buffer },
  onRead: (records: number) => void,
): Promise<LoadedRecords> {
  const preparation = openPreparation(fields);
  const hash = openTextHash(secret);
  const records: bigint[] = [];
  const contents: bigint[] = [];
  const current = new Map<bigint, bigint>();
  const numbers = new Map<bigint, number>();
  const representatives: bigint[] = [];
  const followers = new Map<number, bigint[]>();
  await createRecords(duck, preparation.columns);
  for await (const read of readRecords(tx, dataset, { records: "all" })) {
    const columns = preparation.prepare(read.values);
    const fresh: number[] = [];
    for (const [place, prepared] of recordsOf(columns).entries()) {
      const record = must(read.records[place], "a page's columns are equally long");
      const content = contentKey(hash(JSON.stringify(prepared)));
      const known = numbers.get(content);
      records.push(record);
      contents.push(content);
      current.set(record, must(read.ids[place], "a page's columns are equally long"));
      if (known === undefined) {
        numbers.set(content, representatives.length);
        representatives.push(record);
        fresh.push(place);
      } else {
        const others = followers.get(known) ?? [];
        others.push(record);
        followers.set(known, others);
      }
    }
    const first = representatives.length - fresh.length;
    const values = new Map(
      [...columns].map(([name, all]) => [name, fresh.map((place) => all[place] ?? null)]),
    );
    await appendRecords(duck, preparation.columns, { firstId: first, rows: fresh.length, values });
    onRead(records.length);
  }
  const places = new Map(records.map((record, place) => [record, place]));
  const numberOf = (record: bigint): number => {
    const content = contents[must(places.get(record), "it is one of all records")];
    return must(numbers.get(must(content, "every record says something")), "it was numbered");
  };
  return { records, current, contents, representatives, numberOf, followers };
}
