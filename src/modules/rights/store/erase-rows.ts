/**
 * Removes what is held of one customer, table by table. The caller holds the turn to change customers,
 * so that nothing moves meanwhile, and has written down what it needs of the rows.
 */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import { type CustomerDataset, type EventDataset, recordsTable } from "../../contracts/index.ts";
import { RECORDS_FIELD } from "../../customers/index.ts";
import type { FormerSelf } from "../../distribution/index.ts";

/** Whose rows go. */
export interface ErasedSubject {
  readonly dataset: CustomerDataset;
  readonly customer: bigint;
  /** Ids that were merged into it. */
  readonly formerIds: readonly bigint[];
  /** The golden rows that held its records, and when. */
  readonly selves: readonly FormerSelf[];
  readonly records: readonly bigint[];
  readonly events: readonly { readonly dataset: EventDataset; readonly ids: readonly bigint[] }[];
}

/** How many rows went, by table; tables without any are left out. */
export class ErasedRows {
  readonly #counts = new Map<string, number>();

  add(table: string, rows: number): void {
    if (rows > 0) {
      this.#counts.set(table, (this.#counts.get(table) ?? 0) + rows);
    }
  }

  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Removes every row about the subject. Its golden row and its records go last. */
export async function eraseRows(
  tx: Transaction,
  subject: ErasedSubject,
  erased: ErasedRows,
): Promise<void> {
  const { dataset, customer, formerIds, records, events } = subject;
  const eventIds = events.flatMap(({ ids }) => ids);
  const members = [customer, ...formerIds, ...eventIds];
  const remove = async (table: string, where: string, values: readonly SqlValue[]) => {
    erased.add(table, await tx.run(`delete from ${quoteIdent(table)} t where ${where}`, values));
  };
  await eraseHistory(tx, subject, erased);
  await eraseResolution(tx, records, erased);
  await remove("_event_anchors", "t.record = any($1::bigint[]) or t.event = any($2::bigint[])", [
    records,
    eventIds,
  ]);
  await remove("_redirects", "t.dataset = $1 and (t.new_id = $2 or t.old_id = $2)", [
    dataset.name,
    customer,
  ]);
  await remove("_consents", "t.record = any($1::bigint[])", [records]);
  await remove("_scores", "t.customer = any($1::bigint[])", [members]);
  await remove("_pins", "t.member = any($1::bigint[])", [members]);
  await remove("_parked_members", "t.member = any($1::bigint[])", [members]);
  for (const { dataset: each, ids } of events) {
    await remove(each.name, "t._id = any($1::bigint[])", [ids]);
  }
  await remove(recordsTable(dataset), "t._id = $1", [customer]);
  await remove(dataset.name, "t._id = $1", [customer]);
}

/**
 * Values before and after each change. A row of somebody else that held the customer's records for a
 * while has its history of that time removed too: it may show what it took from them. Which records came
 * and went stays, as numbers; other people's merges and splits stand on it.
 */
async function eraseHistory(
  tx: Transaction,
  { dataset, customer, formerIds, selves, records, events }: ErasedSubject,
  erased: ErasedRows,
): Promise<void> {
  const whole: (readonly [string, readonly bigint[]])[] = [
    [dataset.name, [customer, ...formerIds]],
    [recordsTable(dataset), records],
    ...events.map(({ dataset: each, ids }) => [each.name, ids] as const),
  ];
  for (const [name, rows] of whole) {
    erased.add(
      "_history",
      await tx.run(
        "delete from _history where dataset = $1 and row_id = any($2::bigint[]) and $3 <> all(fields)",
        [name, rows, RECORDS_FIELD],
      ),
    );
  }
  const others = selves.filter(({ id }) => id !== customer && !formerIds.includes(id));
  erased.add(
    "_history",
    // A regrouping notes what it does to values and to rows at one time, under neighbouring numbers.
    await tx.run(
      `delete from _history h
        using unnest($2::bigint[], $3::bigint[], $4::bigint[]) stay (row_id, since, until), _changes c
        where h.dataset = $1 and h.row_id = stay.row_id and $5 <> all(h.fields) and c.change = h.change
          and c.at >= coalesce((select at from _changes where change = stay.since), '-infinity')
          and c.at <= coalesce((select at from _changes where change = stay.until), 'infinity')`,
      [
        dataset.name,
        others.map(({ id }) => id),
        others.map(({ from }) => from),
        others.map(({ until }) => until ?? null),
        RECORDS_FIELD,
      ],
    ),
  );
}

/** What resolution keeps of source records. */
async function eraseResolution(
  tx: Transaction,
  records: readonly bigint[],
  erased: ErasedRows,
): Promise<void> {
  for (const table of ["_blocks", "_late_blocks"]) {
    erased.add(
      table,
      await tx.run(
        `delete from ${quoteIdent(table)} b
          using _record_keys k cross join lateral unnest(k.keys) held (key)
          where k.record = any($1::bigint[]) and b.key = held.key and b.record = k.record`,
        [records],
      ),
    );
  }
  for (const [table, where] of [
    ["_record_keys", "record = any($1::bigint[])"],
    ["_homes", "record = any($1::bigint[])"],
    ["_judgements", "left_record = any($1::bigint[]) or right_record = any($1::bigint[])"],
  ] as const) {
    erased.add(table, await tx.run(`delete from ${quoteIdent(table)} where ${where}`, [records]));
  }
}

/** Takes the words of people out of changes about the subject: they may name it. */
export async function eraseReasons(
  tx: Transaction,
  ids: readonly bigint[],
  erased: ErasedRows,
): Promise<void> {
  erased.add(
    "_changes",
    await tx.run(
      `update _changes set reason = null
        where reason is not null and (row_id = any($1::bigint[]) or customer = any($1::bigint[]))`,
      [ids],
    ),
  );
}
