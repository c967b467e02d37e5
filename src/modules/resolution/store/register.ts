/** How far resolution has come, with which model, and the models themselves. */
import { must } from "../../../kernel/index.ts";
import { randomId } from "../../../platform/crypto/index.ts";
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import type { Model } from "../../linkage/index.ts";
import { copyText } from "./copy-text.ts";

export interface Progress {
  /** The last entry of the change log that was followed. */
  readonly cursor: bigint;
  /** 32 random bytes, the key of the client's hashes. */
  readonly secret: Buffer;
  /** The model in force; null before the first run. */
  readonly model: number | null;
  readonly resolvedAt: Date | null;
}

/** How far a dataset is resolved. The secret is made when it is first asked for. */
export async function openProgress(tx: Transaction, dataset: string): Promise<Progress> {
  // Two ids of 128 random bits each.
  const secret = Buffer.from(randomId() + randomId(), "hex");
  await tx.run(
    `insert into _resolution (dataset, cursor, secret) values ($1, 0, $2)
         on conflict (dataset) do nothing`,
    [dataset, secret],
  );
  return must(await readProgress(tx, dataset), "it was inserted or there before");
}

/** The same without making it: undefined before the first run. */
export async function readProgress(
  tx: Transaction,
  dataset: string,
): Promise<Progress | undefined> {
  return await tx.optionalRow<Progress>(
    `select cursor, secret, model, resolved_at as "resolvedAt" from _resolution where dataset = $1`,
    [dataset],
  );
}

/**
 * Writes down how far the change log was followed, and with which model. A run that changed customers says
 * so when it has: nobody else can have written meanwhile, and its own changes need not be followed.
 */
export async function saveProgress(
  tx: Transaction,
  dataset: string,
  progress: { readonly cursor: bigint; readonly model: number; readonly at: Date },
): Promise<void> {
  await tx.run(
    "update _resolution set cursor = $2, model = $3, resolved_at = $4 where dataset = $1",
    [dataset, progress.cursor, progress.model, progress.at],
  );
}

/** Where a model came from: trained here as it is, or from the client's file. */
export type ModelOrigin = "trained" | "file";

export interface NewModel {
  readonly dataset: string;
  readonly model: Model;
  /** Of the model's JSON. */
  readonly sha256: Buffer;
  readonly origin: ModelOrigin;
  readonly at: Date;
  readonly by: string;
}

/** Registers a model and returns its number. */
export async function insertModel(tx: Transaction, entry: NewModel): Promise<number> {
  const { number } = await tx.row<{ number: number }>(
    `insert into _models (dataset, definition, sha256, origin, made_at, made_by)
     values ($1, $2::jsonb, $3, $4, $5, $6) returning model as number`,
    [entry.dataset, JSON.stringify(entry.model), entry.sha256, entry.origin, entry.at, entry.by],
  );
  return number;
}

/** A model of the register. It was written by {@link insertModel}; nobody else does. */
export async function readModel(
  tx: Transaction,
  number: number,
): Promise<{ readonly model: Model; readonly sha256: Buffer; readonly origin: ModelOrigin }> {
  return await tx.row("select definition as model, sha256, origin from _models where model = $1", [
    number,
  ]);
}

/** How common a value of a column is, by the value's hash. */
export interface TermShare {
  readonly column: string;
  readonly term: bigint;
  readonly share: number;
}

export async function insertShares(
  tx: Transaction,
  model: number,
  shares: Iterable<TermShare>,
): Promise<number> {
  return await tx.copyIn(
    "copy _term_shares (model, term_column, term, share) from stdin",
    copyText(rowsOf(model, shares)),
  );
}

function* rowsOf(
  model: number,
  shares: Iterable<TermShare>,
): Generator<readonly (string | number | bigint)[]> {
  for (const { column, term, share } of shares) {
    yield [model, column, term, share];
  }
}

/**
 * The shares of some values, by their hashes; those the model does not know are left out. One round trip
 * for all columns: a record alone is matched in a few milliseconds.
 */
export async function findShares(
  tx: Transaction,
  model: number,
  terms: readonly Omit<TermShare, "share">[],
): Promise<ReadonlyMap<bigint, number>> {
  const rows = await tx.rows<{ term: bigint; share: number }>(
    `select known.term, known.share
       from unnest($2::text[], $3::bigint[]) wanted (term_column, term)
      cross join lateral (
        select term, share from _term_shares
         where model = $1 and term_column = wanted.term_column and term = wanted.term
         limit 1) known`,
    [model, terms.map(({ column }) => column), terms.map(({ term }) => term)],
  );
  return new Map(rows.map(({ term, share }) => [term, share]));
}

/** Every share of a column. */
export async function allShares(
  tx: Transaction,
  model: number,
  column: string,
): Promise<ReadonlyMap<bigint, number>> {
  const shares = new Map<bigint, number>();
  const batches = tx.batches<{ term: bigint; share: number }>(
    "select term, share from _term_shares where model = $1 and term_column = $2",
    [model, column],
    50_000,
  );
  for await (const rows of batches) {
    for (const { term, share } of rows) {
      shares.set(term, share);
    }
  }
  return shares;
}

/**
 * Forgets what was made of the values of a dataset's records: keys, blocks, shares and how far it is
 * resolved. What persons and rules judged stays, and the next run begins anew.
 */
export async function forgetValues(tx: Transaction, dataset: EntityDataset): Promise<void> {
  const own = `select _record from ${quoteIdent(recordsTable(dataset))}`;
  await tx.run(`delete from _record_keys where record in (${own})`);
  await tx.run(`delete from _blocks where record in (${own})`);
  await tx.run(`delete from _late_blocks where record in (${own})`);
  await tx.run(
    "delete from _term_shares where model in (select model from _models where dataset = $1)",
    [dataset.name],
  );
  await tx.run("delete from _resolution where dataset = $1", [dataset.name]);
}
