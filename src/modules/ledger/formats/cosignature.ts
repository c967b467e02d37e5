/**
 * Cosignatures, c2sp.org/tlog-cosignature: what a witness says of a checkpoint. It vouches for one thing:
 * that it has seen the ledger continue everything that it cosigned before.
 */
import { signEd25519, type SigningKey } from "../signature.ts";
import { cosignedText, keyIdOf, parseNote, signatureOf, type NoteKey } from "./note.ts";

/** A witness as it signs. */
export interface Cosigner {
  /** Its name in signatures, best a URL without schema. */
  readonly name: string;
  readonly key: SigningKey;
}

const TIME_BYTES = 8;

/** The line of signature that a witness adds to a note. `text`: what is signed, with its line feed at the end. */
export function cosignatureLine(text: string, { name, key }: Cosigner, at: Date): string {
  const seconds = BigInt(Math.floor(at.getTime() / 1_000));
  const id = Buffer.from(keyIdOf({ kind: "witness", name, publicKey: key.publicKey }), "hex");
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(seconds);
  const signature = signEd25519(cosignedText(text, seconds), key.privateKey);
  const bytes = Buffer.concat([id, time, Buffer.from(signature, "base64")]);
  return `— ${name} ${bytes.toString("base64")}\n`;
}

/**
 * Adds to a note those of the lines that are cosignatures of the witness over it; undefined when none is.
 * Whoever asks a witness must not take its word for that (c2sp.org/tlog-witness, "add-checkpoint").
 */
export function withCosignatures(
  note: string,
  lines: string,
  witness: NoteKey,
): string | undefined {
  const own = lines
    .split("\n")
    .filter((line) => line !== "")
    .filter((line) => {
      const cosigned = parseNote(`${note}${line}\n`);
      return cosigned !== undefined && signatureOf(cosigned, witness) === "valid";
    });
  return own.length === 0 ? undefined : note + own.map((line) => `${line}\n`).join("");
}
