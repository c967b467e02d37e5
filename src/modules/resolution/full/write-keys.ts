/** Writes what single records are matched by later: their keys. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type Model,
  openBlockKeys,
  type PreparedColumn,
  preparedColumns,
} from "../../linkage/index.ts";
import { blockKey } from "../linking/content-key.ts";
import { changeKeys, insertKeys, keyChanges, type KeyedRecord, keysOf } from "../store/blocks.ts";
import { addKeys, createKeys, readPrepared, sortedKeys } from "../store/bulk-tables.ts";
import type { LoadedRecords } from "./load-records.ts";

/** So many keyed records are compared with what is written at once. */
const PAGE = 20_000;

/**
 * Writes the keys of all records: what each says, and of representatives the block keys. Those that are
 * there already are left alone; new ones are sorted before they are written.
 */
export async function writeKeys(
  tx: Transaction,
  duck: DuckDb,
  about: { readonly model: Model; readonly secret: Buffer; readonly loaded: LoadedRecords },
): Promise<void> {
  await createKeys(duck);
  for await (const page of keyedRecords(duck, about)) {
    const present = await keysOf(
      tx,
      page.map(({ record }) => record),
    );
    const changes = keyChanges(page, present);
    await changeKeys(tx, changes);
    await addKeys(duck, {
      key: BigInt64Array.from(changes.added, ({ key }) => key),
      record: BigInt64Array.from(changes.added, ({ record }) => record),
    });
  }
  await insertKeys(tx, "_blocks", sortedKeys(duck));
}

/** Representatives first, in the order of their numbers; then those that say the same. */
async function* keyedRecords(
  duck: DuckDb,
  {
    model,
    secret,
    loaded,
  }: { readonly model: Model; readonly secret: Buffer; readonly loaded: LoadedRecords },
): AsyncGenerator<KeyedRecord[]> {
  const { representatives, contents, followers } = loaded;
  const blockKeysOf = openBlockKeys(model.blocking, secret);
  const contentOf = (number: number): bigint =>
    must(contents[number], "every representative says something");
  let number = 0;
  for await (const records of readPrepared(duck, { columns: keyColumns(model), rows: PAGE })) {
    yield records.map((prepared) => {
      const record = must(representatives[number], "representatives are numbered");
      const keys = new Set([contentOf(number), ...blockKeysOf(prepared).map(blockKey)]);
      number += 1;
      return { record, keys };
    });
  }
  let page: KeyedRecord[] = [];
  for (const [number, records] of followers) {
    for (const record of records) {
      page.push({ record, keys: new Set([contentOf(number)]) });
      if (page.length === PAGE) {
        yield page;
        page = [];
      }
    }
  }
  yield page;
}

/** The columns that the rules take. */
function keyColumns({ fields, blocking }: Model): PreparedColumn[] {
  const used = new Set(blocking.flatMap(({ parts }) => parts.map(({ column }) => column)));
  return preparedColumns(fields).filter(({ name }) => used.has(name));
}
