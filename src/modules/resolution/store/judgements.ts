/** The log of judgements. Rows are only ever added. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Judgement, Standing } from "../judgement/judgement.ts";
import { copyText } from "./copy-text.ts";

/** A judgement that is not in the log yet. */
export type NewJudgement = Omit<Judgement, "judgement" | "at">;

/** Adds judgements to the log, in their order. Returns how many. */
export async function appendJudgements(
  tx: Transaction,
  { dataset, at }: { readonly dataset: string; readonly at: Date },
  entries: Iterable<NewJudgement>,
): Promise<number> {
  return await tx.copyIn(
    `copy _judgements (dataset, left_record, right_record, verdict, judge, who, model, found_by, weight, reason, at)
     from stdin`,
    copyText(rowsOf(entries, { dataset, at })),
  );
}

function* rowsOf(
  entries: Iterable<NewJudgement>,
  { dataset, at }: { readonly dataset: string; readonly at: Date },
): Generator<readonly (string | number | bigint | Date | null)[]> {
  for (const { left, right, verdict, judge, who, model, foundBy, weight, reason } of entries) {
    yield [dataset, left, right, verdict, judge, who, model, foundBy, weight, reason, at];
  }
}

const columns = `judgement, left_record as "left", right_record as "right", verdict, judge, who, model,
  found_by as "foundBy", weight, reason, at`;

const stored =
  "judgement, left_record, right_record, verdict, judge, who, model, found_by, weight, reason, at";

/** The last entry of each voice on each pair, where it was not taken back. */
function latest(entries: string): string {
  return `select ${columns}
            from (select distinct on (left_record, right_record, judge, who) ${stored}
                    from (${entries}) entry
                   order by left_record, right_record, judge, who, judgement desc) latest
           where verdict is not null`;
}

/** What stands on every pair that has at least one of the records. */
export async function standingOf(tx: Transaction, records: readonly bigint[]): Promise<Standing[]> {
  return await tx.rows<Standing>(
    latest(
      `select ${stored} from _judgements where left_record = any($1::bigint[])
       union
       select ${stored} from _judgements where right_record = any($1::bigint[])`,
    ),
    [records],
  );
}

/** Everything that stands in a dataset, in batches. */
export function standingIn(tx: Transaction, dataset: string): AsyncIterable<Standing[]> {
  const entries = `select ${stored} from _judgements where dataset = $1`;
  return tx.batches<Standing>(latest(entries), [dataset], 50_000);
}

/** The same, all of it. */
export async function allStanding(tx: Transaction, dataset: string): Promise<Standing[]> {
  return (await Array.fromAsync(standingIn(tx, dataset))).flat();
}

/** Every entry on one pair, the newest first. */
export async function logOfPair(
  tx: Transaction,
  { left, right }: { readonly left: bigint; readonly right: bigint },
): Promise<Judgement[]> {
  return await tx.rows<Judgement>(
    `select ${columns} from _judgements where left_record = $1 and right_record = $2
      order by judgement desc`,
    [left, right],
  );
}

/** What persons said in a dataset, in the order of the log. */
export async function logOfPersons(tx: Transaction, dataset: string): Promise<Judgement[]> {
  return await tx.rows<Judgement>(
    `select ${columns} from _judgements where dataset = $1 and judge = 'person' order by judgement`,
    [dataset],
  );
}
