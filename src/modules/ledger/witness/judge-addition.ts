/**
 * What a witness says to a checkpoint that it is sent: c2sp.org/tlog-witness, "add-checkpoint". Pure; the
 * answers are those of the standard, status by status.
 */
import type { Checkpoint, TreeHead } from "../formats/checkpoint.ts";
import { parseCheckpoint } from "../formats/checkpoint.ts";
import { type NoteKey, signatureOf } from "../formats/note.ts";
import { type ConsistencyFile, parseConsistency } from "../formats/proof-file.ts";
import { verifyConsistency } from "../merkle/proof.ts";

/** A checkpoint that was sent, with the proof that it continues what the witness has seen. */
export interface Addition {
  readonly file: ConsistencyFile;
  readonly checkpoint: Checkpoint;
}

/** How far a ledger was seen: the newest tree that was cosigned. */
export type Seen = Pick<TreeHead, "size" | "root">;

/** Why a checkpoint is not cosigned, as the status of the answer. */
export type Refusal =
  /** The request is malformed, or goes back behind itself. */
  | { readonly status: 400 }
  /** The ledger's key has not signed it. */
  | { readonly status: 403 }
  /** The proof begins elsewhere than the witness stands, or leads to another tree of the same size. */
  | { readonly status: 409; readonly size: number }
  /** The proof does not hold. */
  | { readonly status: 422 };

/** Reads the body of a request; undefined when it is malformed. */
export function parseAddition(body: string): Addition | undefined {
  const file = parseConsistency(body);
  const checkpoint = file === undefined ? undefined : parseCheckpoint(file.checkpoint);
  return file === undefined || checkpoint === undefined ? undefined : { file, checkpoint };
}

/** What keeps the witness from cosigning; undefined when nothing does. */
export function judgeAddition(
  { file, checkpoint }: Addition,
  key: NoteKey,
  seen: Seen,
): Refusal | undefined {
  if (signatureOf(checkpoint.note, key) !== "valid") {
    return { status: 403 };
  }
  if (file.earlier > checkpoint.size || (file.earlier === 0 && file.proof.length > 0)) {
    return { status: 400 };
  }
  if (file.earlier !== seen.size) {
    return { status: 409, size: seen.size };
  }
  if (seen.size === checkpoint.size) {
    return isSameTree(seen, checkpoint) && file.proof.length === 0
      ? undefined
      : { status: 409, size: seen.size };
  }
  return seen.size === 0 || continues(file, checkpoint, seen) ? undefined : { status: 422 };
}

function isSameTree(seen: Seen, { size, root }: Checkpoint): boolean {
  return size === 0 || seen.root.equals(root);
}

function continues({ proof }: ConsistencyFile, { size, root }: Checkpoint, seen: Seen): boolean {
  return verifyConsistency({
    size: seen.size,
    laterSize: size,
    root: seen.root,
    laterRoot: root,
    proof,
  });
}
