/** What the ledger is told of resolution: in the transaction that carries it out. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Regrouped } from "../../customers/index.ts";
import { recordInLedger, type Subjects } from "../../ledger/index.ts";
import type { Verdict } from "../judgement/judgement.ts";

/** Who acts, when, and on what. */
interface Acting {
  readonly dataset: string;
  readonly at: Date;
  readonly actor: string;
}

/** Why records were grouped anew. */
export interface Cause {
  readonly scope: "all" | "changed" | "judgement";
  /** The number of the model; null where only rules and persons decided. */
  readonly model: number | null;
}

/** Tells that records have other customers now; nothing, when none has. */
export async function tellRegrouped(
  tx: Transaction,
  { dataset, at, actor }: Acting,
  { scope, model, regrouped }: Cause & { readonly regrouped: Regrouped },
): Promise<void> {
  if (regrouped.records === 0) {
    return;
  }
  await recordInLedger(tx, [
    {
      version: "1",
      kind: "resolution-applied",
      at: at.toISOString(),
      actor,
      about: `resolution ${dataset}`,
      resolution: {
        scope,
        ...(model === null ? {} : { model }),
        moved: regrouped.records,
        created: regrouped.split,
        retired: regrouped.merged,
      },
    },
  ]);
}

/** Tells what a person has said, of each customer whose records it was about. */
export async function tellJudgement(
  tx: Transaction,
  { dataset, at, actor }: Acting,
  said: {
    readonly subjects: Subjects;
    readonly customers: readonly bigint[];
    /** Null: what was said before is taken back. */
    readonly verdict: Verdict | null;
    readonly pairs: number;
  },
): Promise<void> {
  const commitments = await said.subjects.commitTo(said.customers);
  const judgement = { dataset, verdict: said.verdict ?? "withdrawn", pairs: said.pairs } as const;
  await recordInLedger(
    tx,
    commitments.map((about) => ({
      version: "1",
      kind: "judgement-given",
      at: at.toISOString(),
      actor,
      about,
      judgement,
    })),
  );
}
