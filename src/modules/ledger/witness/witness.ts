/**
 * Being a witness for the ledgers of others. What is cosigned is kept before the cosignature is given away,
 * under the lock of the ledger's row: whatever dies in between, no two histories of a ledger are ever
 * cosigned here.
 */
import { type Clock, ConflictError } from "../../../kernel/index.ts";
import type { Database } from "../../../platform/postgres/index.ts";
import { cosignatureLine, type Cosigner } from "../formats/cosignature.ts";
import { type NoteKey, parseNoteKey, printNoteKey } from "../formats/note.ts";
import {
  insertWitnessed,
  lockWitnessed,
  selectWitnessed,
  updateWitnessed,
  type WitnessedLedger,
} from "../store/witnessed.ts";
import { judgeAddition, parseAddition } from "./judge-addition.ts";

export interface WitnessDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly cosigner: Cosigner;
}

/** An answer to `add-checkpoint`. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
  readonly contentType: string;
}

const TEXT = "text/plain; charset=utf-8";
/** c2sp.org/tlog-witness: the body is the size at which the witness stands. */
const SIZE = "text/x.tlog.size";

/** Answers a request to cosign. `body`: of the request. */
export async function addCheckpoint(
  { db, clock, cosigner }: WitnessDeps,
  body: string,
): Promise<WitnessAnswer> {
  const addition = parseAddition(body);
  if (addition === undefined) {
    return answer(400);
  }
  const { checkpoint, file } = addition;
  const { origin, size, root, note } = checkpoint;
  return await db.control(async (tx) => {
    const seen = await lockWitnessed(tx, origin);
    if (seen === undefined) {
      return answer(404);
    }
    const refusal = judgeAddition(addition, parseNoteKey(seen.key), seen);
    if (refusal !== undefined) {
      return refusal.status === 409
        ? { status: 409, body: `${refusal.size}\n`, contentType: SIZE }
        : answer(refusal.status);
    }
    const at = clock.now();
    await updateWitnessed(tx, { origin, size, root }, { checkpoint: file.checkpoint, at });
    return { status: 200, body: cosignatureLine(note.text, cosigner, at), contentType: TEXT };
  });
}

function answer(status: 400 | 403 | 404 | 422): WitnessAnswer {
  return { status, body: "", contentType: TEXT };
}

/**
 * Lets a ledger be witnessed here.
 * @throws ConflictError `ledger-witnessed` when one of that name is
 */
export async function witnessLedger(
  { db, clock }: Pick<WitnessDeps, "db" | "clock">,
  key: NoteKey,
  actor: string,
): Promise<void> {
  const ledger = { origin: key.name, key: printNoteKey(key) };
  const isNew = await db.control((tx) => insertWitnessed(tx, ledger, { at: clock.now(), actor }));
  if (!isNew) {
    throw new ConflictError("ledger-witnessed", `the ledger ${key.name} is witnessed already`, {
      hint: "a ledger keeps its key; whoever changes it begins another ledger under another name",
    });
  }
}

/** The ledgers that are witnessed here, by name. */
export async function witnessedLedgers(db: Database): Promise<WitnessedLedger[]> {
  return await db.control(selectWitnessed, { readOnly: true });
}
