/**
 * Who must not come back: keyed hashes of the source keys and identifiers of people who were erased. A
 * staged row that has one of them is taken out before it is merged. Hashes are made by the server, in
 * the statement that compares them: SHA-256 over 32 secret bytes, a label and the text; values of sealed
 * fields stand as their blind index in hex, as they do wherever rows are named by them.
 */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import {
  blindHex,
  type CustomerDataset,
  type Dataset,
  type Field,
  recordsTable,
} from "../../contracts/index.ts";
import type { LineRange } from "../../customers/index.ts";

/** Something that names a person in rows of a table. */
interface Naming {
  /** What the text is: hashes of equal texts under different labels differ. */
  readonly label: string;
  /** The text, as an expression over alias `r`. */
  readonly text: string;
}

function keyOf(source: string): Naming {
  return { label: `key ${source}`, text: "r._key" };
}

function identifierOf(dataset: string, { name, sealed }: Field): Naming {
  const column = `r.${quoteIdent(name)}`;
  return {
    label: `identifier ${dataset}.${name}`,
    text: sealed === true ? blindHex(column) : `${column}::text`,
  };
}

/** What rows of a source name people by. */
function namingsOf(dataset: Dataset, source: string): Naming[] {
  switch (dataset.kind) {
    case "customer": {
      const identifiers = dataset.fields.filter(({ identifier }) => identifier);
      return [keyOf(source), ...identifiers.map((field) => identifierOf(dataset.name, field))];
    }
    case "event": {
      const { dataset: target, target: field } = dataset.subject;
      return [{ label: `identifier ${target}.${field}`, text: "r._subject" }];
    }
    case "account":
      return [];
  }
}

/** A hash as an expression. @param label the parameter of the label; the key is `$1` */
function hashOf({ text }: Naming, label: number): string {
  return `sha256($1::bytea || convert_to($${label}::text || ' ' || ${text}, 'UTF8'))`;
}

/** Whether anybody must not come back. */
export async function hasSuppressions(tx: Transaction): Promise<boolean> {
  const { found } = await tx.row<{ found: boolean }>(
    "select exists (select from _suppressions) as found",
  );
  return found;
}

export interface Suppressed {
  /** 32 secret bytes of the client. */
  readonly key: Buffer;
  readonly request: string;
  readonly customer: bigint;
}

/** Suppresses what the records of a customer are named by. @returns how many hashes are new */
export async function insertSuppressions(
  tx: Transaction,
  dataset: CustomerDataset,
  { key, request, customer }: Suppressed,
): Promise<number> {
  const sources = await tx.rows<{ source: number; name: string }>(
    "select source, name from _sources where dataset = $1",
    [dataset.name],
  );
  const records = quoteIdent(recordsTable(dataset));
  let inserted = 0;
  for (const { source, name } of sources) {
    for (const naming of namingsOf(dataset, name)) {
      inserted += await tx.run(
        `insert into _suppressions (hash, request)
         select distinct ${hashOf(naming, 2)}, $3::uuid from ${records} r
          where r._id = $4 and r._source = $5 and ${naming.text} is not null
             on conflict (hash) do nothing`,
        [key, naming.label, request, customer, source],
      );
    }
  }
  return inserted;
}

/** Staged rows of one intake. */
export interface StagedRows extends LineRange {
  readonly dataset: Dataset;
  readonly key: Buffer;
  readonly intake: bigint;
  /** The staging table. */
  readonly stage: string;
  readonly at: Date;
}

/** What a row that was taken out says in the quarantine. Its bytes are not kept. */
const ISSUE = {
  rule: "erased",
  message: "the row is about a person who was erased on request, so nothing of it was kept",
};

/** Takes rows about suppressed people out of the staging table. @returns how many there were */
export async function withholdRows(tx: Transaction, rows: StagedRows): Promise<number> {
  const { dataset, key, intake, stage, at, from, to } = rows;
  const source = await tx.row<{ name: string }>(
    "select s.name from _intakes i join _sources s on s.source = i.source where i.intake = $1",
    [intake],
  );
  const values: SqlValue[] = [key, intake, at, JSON.stringify([ISSUE]), from, to];
  const hashes = namingsOf(dataset, source.name).map((naming) => {
    values.push(naming.label);
    return hashOf(naming, values.length);
  });
  if (hashes.length === 0) {
    return 0;
  }
  return await tx.run(
    `with withheld as (
       delete from ${quoteIdent(stage)} r
        where r._line between $5 and $6
          and exists (select from _suppressions s where s.hash in (${hashes.join(", ")}))
       returning r._line
     )
     insert into _quarantine (intake, line, state, original, issues, at)
     select $2, _line, 'dismissed', ''::bytea, $4::jsonb, $3 from withheld`,
    values,
  );
}

/** Counts rows that were withheld among those that were refused. */
export async function countWithheld(tx: Transaction, intake: bigint, rows: number): Promise<void> {
  await tx.run("update _intakes set quarantined = quarantined + $2 where intake = $1", [
    intake,
    rows,
  ]);
}

/** Staged rows that wait for a decision or are being received, by intake. */
export async function selectStages(
  tx: Transaction,
): Promise<{ readonly intake: bigint; readonly dataset: string; readonly state: string }[]> {
  return await tx.rows(
    `select i.intake, i.dataset, i.state
       from _intakes i
       join pg_catalog.pg_class c on c.relname = '_stage_' || i.intake and c.relkind = 'r'
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
      where i.state in ('receiving', 'held')
      order by i.intake`,
  );
}

/** Lets those come back whom a request suppressed. @returns how many hashes went */
export async function deleteSuppressions(tx: Transaction, request: string): Promise<number> {
  return await tx.run("delete from _suppressions where request = $1::uuid", [request]);
}
