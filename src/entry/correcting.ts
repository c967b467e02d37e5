/** Imports of corrections: that what they change was wrong is noted with their intake. */
import type { Clock } from "../kernel/index.ts";
import type { ImportReport, ImportRequest } from "../modules/intake/index.ts";
import type { Database, Scope, Transaction } from "../platform/postgres/index.ts";

/** What is said of the changes, by whom. */
export interface Correcting {
  readonly db: Database;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly actor: string;
  /** No value of a record; undefined: they are news. */
  readonly reason: string | undefined;
}

/** Notes it in the transaction that publishes the intake. */
export function notingCorrection(correcting: Correcting): ImportRequest["onPublish"] {
  return correcting.reason === undefined ? undefined : (tx, intake) => note(tx, correcting, intake);
}

/** Notes it of an intake that is held: it counts once that is approved. */
export async function noteHeldCorrection(
  correcting: Correcting,
  { state, intake }: Pick<ImportReport, "intake"> & { readonly state: string },
): Promise<void> {
  if (state === "held" && intake !== undefined) {
    const { db, scope } = correcting;
    await db.scoped(scope, (tx) => note(tx, correcting, intake));
  }
}

/** Few imports correct: what that needs is loaded then. */
async function note(
  tx: Transaction,
  { clock, actor, reason }: Correcting,
  intake: bigint,
): Promise<void> {
  if (reason !== undefined) {
    const { noteCorrection } = await import("../modules/rights/index.ts");
    await noteCorrection(tx, { intake, reason, notedAt: clock.now(), notedBy: actor });
  }
}
