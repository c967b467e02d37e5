/** Reads all records of a dataset into DuckDB, prepared: of those that say the same, only the first. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type EntityDataset, readRecords } from "../../customers/index.ts";
import {
  appendRecords,
  createRecords,
  type Model,
  openModelPreparation,
  openTextHash,
} from "../../linkage/index.ts";
import { contentKey, contentText } from "../linking/content-key.ts";

export interface LoadedRecords {
  /** All, in ascending order. */
  readonly records: readonly bigint[];
  /** The golden row of each. */
  readonly current: ReadonlyMap<bigint, bigint>;
  /** Those that are in DuckDB, by their numbers there; in ascending order. */
  readonly representatives: readonly bigint[];
  /** The key of what a representative says, by its number. */
  readonly contents: readonly bigint[];
  /** The number of a record's representative, which says the same. */
  readonly numberOf: (record: bigint) => number;
  /** The others that say the same, by the number of their representative. */
  readonly followers: ReadonlyMap<number, readonly bigint[]>;
}

/**
 * Makes the table `records`.
 * @param about.model as it was chosen: what it still lacks changes nothing in what is prepared for it
 */
export async function loadRecords(
  { tx, duck, dataset }: { tx: Transaction; duck: DuckDb; dataset: EntityDataset },
  { model, secret }: { readonly model: Model; readonly secret: Buffer },
  onRead: (records: number) => void,
): Promise<LoadedRecords> {
  const preparation = openModelPreparation(model);
  const hash = openTextHash(secret);
  const records: bigint[] = [];
  const current = new Map<bigint, bigint>();
  const classes = new EqualRecords();
  await createRecords(duck, preparation.columns);
  for await (const read of readRecords(tx, dataset, { records: "all" })) {
    const columns = preparation.prepare(read.values);
    const lists = preparation.columns.map(({ name }) => columns.get(name) ?? []);
    const firstId = classes.representatives.length;
    const fresh: number[] = [];
    for (const [place, record] of read.records.entries()) {
      records.push(record);
      current.set(record, must(read.ids[place], "a page's columns are equally long"));
      const text = contentText(lists.map((list) => list[place] ?? null));
      if (classes.add(record, contentKey(hash(text)))) {
        fresh.push(place);
      }
    }
    const values = new Map(
      [...columns].map(([name, all]) => [name, fresh.map((place) => all[place] ?? null)]),
    );
    await appendRecords(duck, preparation.columns, { firstId, rows: fresh.length, values });
    onRead(records.length);
  }
  const { representatives, contents, followers } = classes;
  const numberOf = (record: bigint): number => classes.numberOf(record);
  return { records, current, representatives, contents, numberOf, followers };
}

/** The classes of records that say the same, each by its first record. */
class EqualRecords {
  readonly representatives: bigint[] = [];
  readonly contents: bigint[] = [];
  readonly followers = new Map<number, bigint[]>();
  readonly #numbers = new Map<bigint, number>();
  readonly #followed = new Map<bigint, number>();

  /** Takes the next record, in ascending order. True when nobody before says the same. */
  add(record: bigint, content: bigint): boolean {
    const number = this.#numbers.get(content);
    if (number === undefined) {
      this.#numbers.set(content, this.representatives.length);
      this.representatives.push(record);
      this.contents.push(content);
      return true;
    }
    const others = this.followers.get(number) ?? [];
    others.push(record);
    this.followers.set(number, others);
    this.#followed.set(record, number);
    return false;
  }

  numberOf(record: bigint): number {
    return this.#followed.get(record) ?? this.#placeOf(record);
  }

  /** By halving: a map of all of them would take as much memory as they do. */
  #placeOf(record: bigint): number {
    let [low, high] = [0, this.representatives.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (must(this.representatives[middle], "between the two") < record) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
