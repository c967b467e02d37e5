/**
 * Signed notes, c2sp.org/signed-note: a text, an empty line, and a line for each signature. Two kinds of
 * signature are known here: that of the ledger itself (0x01, Ed25519 over the text) and that of a witness
 * (0x04, c2sp.org/tlog-cosignature: Ed25519 over the text and an instant).
 */
import { InvalidInputError } from "../../../kernel/index.ts";
import { sha256 } from "../merkle/hashing.ts";
import { signEd25519, strictBase64, verifyEd25519, type SigningKey } from "../signature.ts";

const SIGNATURE_TYPES = { ledger: 0x01, witness: 0x04 } as const;

export type NoteKeyKind = keyof typeof SIGNATURE_TYPES;

/** A key that signs notes, under the name that it uses there. */
export interface NoteKey {
  readonly kind: NoteKeyKind;
  /** For a ledger its origin, for a witness a name of its own, best a URL without schema. */
  readonly name: string;
  /** 32 bytes in base64. */
  readonly publicKey: string;
}

interface NoteSignature {
  readonly name: string;
  /** 4 bytes in hex. */
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** A note as it was read; nothing about it is verified yet. */
export interface Note {
  /** What is signed, with its line feed at the end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const TIMESTAMP_BYTES = 8;
/** The standard asks for 16 at least; more than a ledger and its witnesses have is an attack on time. */
const MOST_SIGNATURES = 64;

/** No space of any script, no plus sign, no control character. */
const KEY_NAME = /^[^\s+\p{Cc}\p{Z}]+$/u;
const SIGNATURE_LINE = /^— (?<name>[^\s+]+) (?<signature>[A-Za-z0-9+/=]+)$/u;

/** Signs a text, which ends with a line feed. Returns the whole note. */
export function signNote(text: string, name: string, key: SigningKey): string {
  const id = Buffer.from(keyIdOf({ kind: "ledger", name, publicKey: key.publicKey }), "hex");
  const signature = Buffer.from(signEd25519(text, key.privateKey), "base64");
  return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
}

/** Takes a note apart; undefined when it is none. */
export function parseNote(note: string): Note | undefined {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n") || hasControls(note)) {
    return undefined;
  }
  const lines = note.slice(end + 2, -1).split("\n");
  const signatures = lines.map(parseSignature).filter((one) => one !== undefined);
  return signatures.length === lines.length && lines.length <= MOST_SIGNATURES
    ? { text: note.slice(0, end + 1), signatures }
    : undefined;
}

/** Whether it has an ASCII control character other than the line feed. */
function hasControls(note: string): boolean {
  return /[^\P{Cc}\n\u007f-\u009f]/u.test(note);
}

function parseSignature(line: string): NoteSignature | undefined {
  const { name, signature } = SIGNATURE_LINE.exec(line)?.groups ?? {};
  const bytes = strictBase64(signature ?? "");
  return name === undefined || bytes === undefined || bytes.length <= KEY_ID_BYTES
    ? undefined
    : {
        name,
        keyId: bytes.toString("hex", 0, KEY_ID_BYTES),
        bytes: bytes.subarray(KEY_ID_BYTES),
      };
}

/**
 * Whether the key has signed the note: `absent` when no signature bears its name and id, `invalid` when
 * one does that is not its own, for which the whole note is to be refused.
 */
export function signatureOf(note: Note, key: NoteKey): "valid" | "invalid" | "absent" {
  const id = keyIdOf(key);
  const own = note.signatures.filter(({ name, keyId }) => name === key.name && keyId === id);
  if (own.length === 0) {
    return "absent";
  }
  return own.every(({ bytes }) => verifies(note.text, key, bytes)) ? "valid" : "invalid";
}

function verifies(text: string, { kind, publicKey }: NoteKey, bytes: Buffer): boolean {
  if (kind === "ledger") {
    return verifyEd25519(text, publicKey, bytes.toString("base64"));
  }
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) {
    return false;
  }
  const time = bytes.readBigUInt64BE();
  const signature = bytes.subarray(TIMESTAMP_BYTES).toString("base64");
  return verifyEd25519(cosignedText(text, time), publicKey, signature);
}

/** What a witness signs of a note. `time`: seconds since 1970. */
export function cosignedText(text: string, time: bigint): string {
  return `cosignature/v1\ntime ${time}\n${text}`;
}

/** The id by which a signature names its key: 4 bytes in hex. */
export function keyIdOf({ kind, name, publicKey }: NoteKey): string {
  const bytes = Buffer.from(publicKey, "base64");
  const head = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(SIGNATURE_TYPES[kind])]);
  return sha256(Buffer.concat([head, bytes])).toString("hex", 0, KEY_ID_BYTES);
}

/** The key as other tools take it: `name+id+base64`, a "vkey". */
export function printNoteKey(key: NoteKey): string {
  const type = Buffer.of(SIGNATURE_TYPES[key.kind]);
  const bytes = Buffer.concat([type, Buffer.from(key.publicKey, "base64")]);
  return `${key.name}+${keyIdOf(key)}+${bytes.toString("base64")}`;
}

/**
 * Reads a key in that form.
 * @throws InvalidInputError `key-unreadable` when it is none, or of a kind that is not known here
 */
export function parseNoteKey(text: string): NoteKey {
  const [, name = "", id, encoded = ""] =
    /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text.trim()) ?? [];
  const bytes = strictBase64(encoded);
  const kinds: readonly NoteKeyKind[] = ["ledger", "witness"];
  const kind = kinds.find((one) => SIGNATURE_TYPES[one] === bytes?.[0]);
  if (bytes?.length === 33 && kind !== undefined && KEY_NAME.test(name)) {
    const key = { kind, name, publicKey: bytes.toString("base64", 1) };
    if (keyIdOf(key) === id) {
      return key;
    }
  }
  throw new InvalidInputError("key-unreadable", "this is not an Ed25519 key of a ledger", [], {
    hint: "give it as it was handed out: name+id+base64; 'waybill ledger key CLIENT' prints it",
  });
}
