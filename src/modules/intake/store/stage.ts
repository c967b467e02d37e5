/**
 * The staging table of one intake: its rows, typed and validated, before they are merged. It is not
 * logged to the WAL while the intake is being received (an interrupted intake starts again from its
 * file); it becomes logged when the intake is held, because then nothing else may have the rows.
 */
import {
  quoteIdent,
  type Database,
  type Scope,
  type Transaction,
} from "../../../platform/postgres/index.ts";
import { must } from "../../../kernel/index.ts";
import type { StagingColumn } from "../prepare.ts";

export function stageName(intake: bigint): string {
  return `_stage_${intake}`;
}

export async function createStage(
  db: Database,
  scope: Scope,
  { intake, columns }: { readonly intake: bigint; readonly columns: readonly StagingColumn[] },
): Promise<void> {
  const definitions = columns.map((column) => {
    const key = column.name === "_line" ? " primary key" : "";
    return `${quoteIdent(column.name)} ${column.pgType}${key}`;
  });
  await db.defining(scope, async (tx) => {
    await tx.run(
      `create unlogged table ${quoteIdent(stageName(intake))} (
         ${definitions.join(",\n         ")},
         _round smallint not null default 1
       ) with (autovacuum_enabled = false)`,
    );
  });
}

/** Copies prepared rows in. @returns how many */
export async function copyToStage(
  tx: Transaction,
  intake: bigint,
  { columns, rows }: { readonly columns: readonly StagingColumn[]; readonly rows: Buffer },
): Promise<number> {
  const names = columns.map((column) => quoteIdent(column.name)).join(", ");
  return tx.copyIn(`copy ${quoteIdent(stageName(intake))} (${names}) from stdin`, [rows]);
}

/** The last staged line: 0 when nothing is staged. */
export async function lastStagedLine(tx: Transaction, intake: bigint): Promise<number> {
  const row = await tx.row<{ last: bigint | null }>(
    `select max(_line) as last from ${quoteIdent(stageName(intake))}`,
  );
  return Number(row.last ?? 0n);
}

/** Makes the staged rows survive a crash of the server. */
export async function keepStage(db: Database, scope: Scope, intake: bigint): Promise<void> {
  await db.defining(
    scope,
    (tx) => tx.run(`alter table ${quoteIdent(stageName(intake))} set logged`),
    { statementTimeoutMs: 0 },
  );
}

export async function dropStage(db: Database, scope: Scope, intake: bigint): Promise<void> {
  await db.defining(scope, (tx) => tx.run(`drop table if exists ${quoteIdent(stageName(intake))}`));
}

/** Staging tables whose intake has ended: left behind by a process that was killed between two steps. */
export async function abandonedStages(tx: Transaction): Promise<bigint[]> {
  const rows = await tx.rows<{ name: string }>(
    `select c.relname as name
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind = 'r' and c.relname ~ '^_stage_[0-9]+$'
        and not exists (
          select 1 from _intakes i
           where i.intake = substr(c.relname, 8)::bigint and i.state in ('receiving', 'held'))`,
  );
  return rows.map((row) => BigInt(must(row.name.split("_")[2], "the pattern has a number")));
}
