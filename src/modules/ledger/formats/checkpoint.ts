/** Checkpoints, c2sp.org/tlog-checkpoint: what a ledger says of its whole tree, as a signed note. */
import { HASH_BYTES } from "../merkle/hashing.ts";
import { strictBase64, type SigningKey } from "../signature.ts";
import { type Note, parseNote, signNote } from "./note.ts";

/** A tree as a checkpoint names it. */
export interface TreeHead {
  /** The name of the ledger. */
  readonly origin: string;
  /** How many leaves. */
  readonly size: number;
  readonly root: Buffer;
}

/** A checkpoint as it was read; its signatures are not verified yet. */
export interface Checkpoint extends TreeHead {
  readonly note: Note;
}

/** The signed checkpoint of a tree. Signing the same tree again gives the same bytes (RFC 8032 §5.1.6). */
export function signCheckpoint({ origin, size, root }: TreeHead, key: SigningKey): string {
  return signNote(`${origin}\n${size}\n${root.toString("base64")}\n`, origin, key);
}

/** Reads a checkpoint; undefined when the text is none. Lines of extensions are carried, not read. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const note = parseNote(text);
  const [origin, size, encoded, ...extensions] = note?.text.slice(0, -1).split("\n") ?? [];
  const root = strictBase64(encoded ?? "");
  const leaves = parseDecimal(size);
  return note === undefined ||
    origin === undefined ||
    origin === "" ||
    leaves === undefined ||
    root?.length !== HASH_BYTES ||
    extensions.includes("")
    ? undefined
    : { origin, size: leaves, root, note };
}

/** A whole number in its one spelling, as far as it can be counted exactly. */
export function parseDecimal(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && /^(?:0|[1-9]\d*)$/u.test(text) && Number.isSafeInteger(value)
    ? value
    : undefined;
}
