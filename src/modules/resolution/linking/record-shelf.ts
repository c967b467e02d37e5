/** Prepared records, read when they are first needed. */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type EntityDataset, readRecords } from "../../customers/index.ts";
import type { PreparedRecord } from "../../linkage/index.ts";
import type { Linker, RecordKeys } from "./linker.ts";

export class RecordShelf {
  readonly #tx: Transaction;
  readonly #dataset: EntityDataset;
  readonly #linker: Linker;
  readonly #records = new Map<bigint, PreparedRecord>();
  readonly #customers = new Map<bigint, bigint>();
  readonly #keys = new Map<bigint, RecordKeys>();

  constructor(tx: Transaction, dataset: EntityDataset, linker: Linker) {
    this.#tx = tx;
    this.#dataset = dataset;
    this.#linker = linker;
  }

  /** Reads those of the records that are not here yet. Ids that do not exist are left out. */
  async fetch(wanted: Iterable<bigint>): Promise<void> {
    const records = [...new Set(wanted)].filter((record) => !this.#records.has(record));
    if (records.length === 0) {
      return;
    }
    for await (const page of readRecords(this.#tx, this.#dataset, { records })) {
      const prepared = this.#linker.prepare(page.values);
      for (const [index, record] of page.records.entries()) {
        this.#records.set(record, must(prepared[index], "each record is prepared"));
        this.#customers.set(record, must(page.ids[index], "each record has a golden row"));
      }
    }
  }

  has(record: bigint): boolean {
    return this.#records.has(record);
  }

  /** A record that was fetched. */
  get(record: bigint): PreparedRecord {
    return must(this.#records.get(record), "the record was fetched");
  }

  /** The golden row that a record belonged to when it was fetched. */
  customerOf(record: bigint): bigint {
    return must(this.#customers.get(record), "the record was fetched");
  }

  /** The keys of a record that was fetched. They are made once: a dozen hashes take longer than most look-ups. */
  keysOf(record: bigint): RecordKeys {
    const known = this.#keys.get(record);
    if (known !== undefined) {
      return known;
    }
    const keys = this.#linker.keysOf(this.get(record));
    this.#keys.set(record, keys);
    return keys;
  }
}
