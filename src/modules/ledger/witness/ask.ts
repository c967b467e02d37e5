/**
 * Asking witnesses to cosign a client's ledger: c2sp.org/tlog-witness, from the ledger's side. What they
 * answer is verified before it is kept.
 */
import { type Clock, must, RefusedError, UnavailableError } from "../../../kernel/index.ts";
import { withCosignatures } from "../formats/cosignature.ts";
import { parseDecimal } from "../formats/checkpoint.ts";
import { parseNoteKey } from "../formats/note.ts";
import { printConsistency } from "../formats/proof-file.ts";
import type { Ledger } from "../log/ledger.ts";
import { consistencyHashes } from "../log/prove.ts";
import { publishHead, type PublishedHead } from "../log/sequence.ts";
import { selectWitnesses, upsertCosignature, type WitnessStanding } from "../store/witnesses.ts";

/** Sends a request to a witness. */
export type WitnessPost = (
  url: string,
  body: string,
) => Promise<{ readonly status: number; readonly body: string }>;

export interface AskDeps {
  readonly clock: Clock;
  readonly post: WitnessPost;
}

/** What became of asking one witness. */
export interface Asked {
  readonly witness: string;
  /** Entries of the tree that was cosigned; undefined when it was not. */
  readonly size?: number | undefined;
  /** Why it was not cosigned, in a sentence. */
  readonly problem?: string | undefined;
}

/**
 * Asks all witnesses of a ledger to cosign its newest checkpoint. That one of them cannot be reached or
 * refuses is reported, and keeps nobody from asking the others.
 * @throws RefusedError `ledger-rolled-back` when a witness has seen more entries than there are
 */
export async function askWitnesses(ledger: Ledger, deps: AskDeps): Promise<Asked[]> {
  const witnesses = await ledger.db.scoped(ledger.scope, selectWitnesses, { readOnly: true });
  if (witnesses.length === 0) {
    return [];
  }
  const head = await publishHead(ledger);
  const asked: Asked[] = [];
  for (const witness of witnesses) {
    const isCosigned = witness.size === head.size;
    asked.push(
      isCosigned
        ? { witness: witness.name, size: head.size }
        : await askOne({ ledger, deps, head }, witness),
    );
  }
  return asked;
}

interface Asking {
  readonly ledger: Ledger;
  readonly deps: AskDeps;
  readonly head: PublishedHead;
  /** How far the witness has said that it stands, when it is not as far as was believed. */
  readonly standsAt?: number | undefined;
}

async function askOne(asking: Asking, witness: WitnessStanding): Promise<Asked> {
  const { name } = witness;
  try {
    const lines = await post(asking, witness);
    await keep(asking, witness, lines);
    return { witness: name, size: asking.head.size };
  } catch (error) {
    if (!(error instanceof UnavailableError)) {
      throw error;
    }
    return { witness: name, problem: error.message };
  }
}

/** Asks once more when the witness has seen more or less of the ledger than is known here. */
async function post(asking: Asking, witness: WitnessStanding): Promise<string> {
  const { ledger, deps, head, standsAt } = asking;
  const earlier = standsAt ?? witness.size;
  const proof = await ledger.db.scoped(
    ledger.scope,
    (tx) => consistencyHashes(tx, head.size, earlier),
    { readOnly: true },
  );
  const body = printConsistency({ earlier, proof, checkpoint: head.ownCheckpoint });
  const answer = await deps.post(`${witness.url.replace(/\/+$/u, "")}/add-checkpoint`, body);
  if (answer.status === 200) {
    return answer.body;
  }
  const size = answer.status === 409 ? parseDecimal(answer.body.trimEnd()) : undefined;
  if (size === undefined || standsAt !== undefined || size === earlier) {
    throw new UnavailableError("witness-refuses", `${witness.name} ${refusalText(answer.status)}`);
  }
  if (size > head.size) {
    throw new RefusedError(
      "ledger-rolled-back",
      `${witness.name} has cosigned ${size} entries of ${head.origin}, and the database has ${head.size}`,
      [],
      { hint: `restore a backup of the database that has all ${size}` },
    );
  }
  return await post({ ...asking, standsAt: size }, witness);
}

function refusalText(status: number): string {
  const reasons: Readonly<Record<number, string>> = {
    403: "knows another key for this ledger",
    404: "does not know this ledger: it must be told its key",
    409: "has cosigned another history of this ledger",
    422: "says that the ledger does not continue what it has cosigned",
  };
  return reasons[status] ?? `answers ${status}`;
}

async function keep(
  { ledger, deps, head }: Asking,
  { name, key }: WitnessStanding,
  lines: string,
): Promise<void> {
  const cosigned = withCosignatures(head.ownCheckpoint, lines, parseNoteKey(key));
  if (cosigned === undefined) {
    throw new UnavailableError(
      "witness-refuses",
      `${name} answers with something that is not its cosignature of this checkpoint`,
    );
  }
  const line = must(cosigned.trimEnd().split("\n").at(-1), "a cosigned note has a last line");
  const kept = { size: head.size, witness: name, line, at: deps.clock.now() };
  await ledger.db.scoped(ledger.scope, (tx) => upsertCosignature(tx, kept));
}
