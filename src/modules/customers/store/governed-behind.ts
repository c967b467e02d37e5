/** What stands behind a customer: source records and events, as somebody may see them. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import {
  type CustomerDataset,
  type Dataset,
  type EventDataset,
  recordsTable,
} from "../../contracts/index.ts";
import type { EntityDataset } from "./merge-context.ts";
import {
  type DriverRow,
  GovernedFields,
  type GovernedValues,
} from "../governed/governed-fields.ts";
import type { Seeing } from "../governed/seeing.ts";
import { StatementValues } from "../governed/statement-values.ts";

export interface GovernedRecord extends GovernedValues {
  readonly record: bigint;
  readonly source: string;
  /** Undefined where a field of the key may not be seen in clear. */
  readonly key: string | undefined;
  readonly statedAt: Date;
  readonly intake: bigint;
  readonly line: bigint;
}

export interface GovernedEvent extends GovernedValues {
  readonly id: bigint;
  /** Undefined where the field that says when may not be seen in clear. */
  readonly at: Date | undefined;
}

/** Events of one dataset: how many may be seen, and the newest of them. */
export interface GovernedEvents {
  readonly dataset: string;
  readonly count: number;
  readonly newest: readonly GovernedEvent[];
}

type OwnColumns<Row extends GovernedValues> = Omit<Row, keyof GovernedValues> & DriverRow;

/** The records of a customer. */
export async function selectRecords(
  tx: Transaction,
  seeing: Seeing,
  { dataset, id }: { readonly dataset: CustomerDataset; readonly id: bigint },
): Promise<GovernedRecord[]> {
  return await selectRecordsBy(tx, seeing, { dataset, column: "_id", ids: [id] });
}

/** Those of the records of customers or accounts that may be seen, in the order of their ids. */
export async function governedRecords(
  tx: Transaction,
  seeing: Seeing,
  { dataset, records }: { readonly dataset: EntityDataset; readonly records: readonly bigint[] },
): Promise<GovernedRecord[]> {
  return await selectRecordsBy(tx, seeing, { dataset, column: "_record", ids: records });
}

async function selectRecordsBy(
  tx: Transaction,
  seeing: Seeing,
  asked: {
    readonly dataset: EntityDataset;
    readonly column: "_id" | "_record";
    readonly ids: readonly bigint[];
  },
): Promise<GovernedRecord[]> {
  const { dataset, column, ids } = asked;
  const parameters = new StatementValues([[...ids]]);
  const golden = dataset.kind === "customer" ? { customer: "g" } : { account: "g" };
  const governed = new GovernedFields(seeing.access, dataset, { row: "r", ...golden, parameters });
  const rows = await tx.rows<OwnColumns<GovernedRecord>>(
    `select r._record as record, s.name as source, r._key as key, r._stated_at as "statedAt",
            r._intake as intake, r._line as line${governed.columns}
       from ${quoteIdent(recordsTable(dataset))} r
       join _sources s on s.source = r._source
       join ${quoteIdent(dataset.name)} g on g._id = r._id${governed.join}
      where r.${column} = any($1::bigint[]) and ${governed.condition}
      order by r._record`,
    parameters.all,
  );
  const read = await governed.read(rows, seeing);
  return rows.flatMap(({ record, source, key, statedAt, intake, line }, place) => {
    const fields = read[place];
    if (fields === undefined) {
      return [];
    }
    const shownKey = areClear(fields, dataset.key) ? key : undefined;
    return [{ record, source, key: shownKey, statedAt, intake, line, ...fields }];
  });
}

export async function selectEvents(
  tx: Transaction,
  seeing: Seeing,
  {
    customers,
    dataset,
    id,
    limit,
  }: {
    readonly customers: CustomerDataset;
    readonly dataset: EventDataset;
    readonly id: bigint;
    readonly limit: number;
  },
): Promise<GovernedEvents> {
  const values = new StatementValues([id]);
  const target = { row: "e", customer: "c", parameters: values };
  const governed = new GovernedFields(seeing.access, dataset, target);
  const from = `from ${quoteIdent(dataset.name)} e
       left join ${quoteIdent(customers.name)} c on c._id = e._customer${governed.join}
      where e._customer = $1 and ${governed.condition}`;
  // The count comes with the rows, so that both use every value that the statement has.
  const rows = await tx.rows<OwnColumns<GovernedEvent> & { readonly count: bigint }>(
    `select e._id as id, e._at as at, count(*) over () as count${governed.columns}
       ${from}
      order by e._at desc, e._id desc limit ${values.add(BigInt(limit), "bigint")}`,
    values.all,
  );
  const read = await governed.read(rows, seeing);
  return {
    dataset: dataset.name,
    count: Number(rows[0]?.count ?? 0n),
    newest: rows.flatMap(({ id: event, at }, place) => {
      const fields = read[place];
      const isDated = fields !== undefined && areClear(fields, [dataset.eventTime]);
      return fields === undefined ? [] : [{ id: event, at: isDated ? at : undefined, ...fields }];
    }),
  };
}

function areClear({ forms }: GovernedValues, fields: Dataset["key"]): boolean {
  return fields.every((field) => forms[field] === "clear");
}
