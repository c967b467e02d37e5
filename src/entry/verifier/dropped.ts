/** Files that were dropped onto the page in any order: which of them is what. */
import { payloadNameIn } from "../../modules/distribution/index.ts";
import { parseCheckpoint, parseNoteKey, readPublicKey } from "../../modules/ledger/index.ts";
import { judge, type Judged, kindOf } from "./judge.ts";

/** What of a file of the browser is used; Node's are alike. */
export type DroppedFile = Pick<File, "name" | "size" | "arrayBuffer" | "stream">;

/** What a file can be taken for. */
export type Role =
  | "waybill"
  | "certificate"
  | "key"
  | "witness"
  | "proof"
  | "since"
  | "checkpoint"
  | "receipt"
  | "opening"
  | "payload";

/** A file with what it was taken for, and its bytes where they are few. */
interface Taken {
  readonly file: DroppedFile;
  readonly role: Role;
  readonly bytes: Uint8Array;
}

export interface DroppedJudgement {
  readonly taken: readonly { readonly name: string; readonly role: Role }[];
  /** What was judged; the reason instead, where nothing could be. */
  readonly judged: Judged | { readonly reason: string };
}

/** Nothing but a payload is longer. */
const LONGEST_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** Judges what was dropped: a waybill, else a certificate, else what is of a ledger. */
export async function judgeDropped(files: readonly DroppedFile[]): Promise<DroppedJudgement> {
  const taken = await takeAll(files);
  const shown = taken.map(({ file, role }) => ({ name: file.name, role }));
  const document = ["waybill", "certificate", "proof", "since", "checkpoint"]
    .map((role) => taken.find((one) => one.role === role))
    .find((one) => one !== undefined);
  if (document === undefined) {
    const reason = "none of these files is a waybill, a certificate, a proof or a checkpoint";
    return { taken: shown, judged: { reason } };
  }
  try {
    return { taken: shown, judged: await judgeTaken(document, taken) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { taken: shown, judged: { reason } };
  }
}

async function judgeTaken(document: Taken, taken: readonly Taken[]): Promise<Judged> {
  const of = (role: Role): Taken | undefined =>
    taken.find((one) => one.role === role && one !== document);
  const text = (role: Role): string | undefined => textOf(of(role)?.bytes);
  const key = text("key");
  const payload = of("payload");
  const witnesses = taken
    .filter(({ role }) => role === "witness")
    .map(({ bytes }) => parseNoteKey(textOf(bytes)));
  return await judge({
    document: document.bytes,
    publicKey: key === undefined ? undefined : publicKeyIn(key),
    payload: payload === undefined ? undefined : { chunks: () => payload.file.stream() },
    proof: text("proof"),
    receipt: of("receipt")?.bytes,
    opening: text("opening"),
    ledger: { witnesses, earlier: text("checkpoint"), continuation: text("since") },
  });
}

async function takeAll(files: readonly DroppedFile[]): Promise<Taken[]> {
  const taken = await Promise.all(files.map(take));
  const waybill = taken.find(({ role }) => role === "waybill");
  const named = waybill === undefined ? undefined : payloadNameIn(waybill.bytes);
  return taken.map((one) => (one.file.name === named ? { ...one, role: "payload" } : one));
}

async function take(file: DroppedFile): Promise<Taken> {
  if (file.size > LONGEST_DOCUMENT_BYTES) {
    return { file, role: "payload", bytes: new Uint8Array() };
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { file, role: roleOf(bytes), bytes };
}

/** By what it says at its beginning; what says nothing is a payload. */
export function roleOf(bytes: Uint8Array): Role {
  const text = textOf(bytes);
  if (text.startsWith("{")) {
    return roleOfJson(bytes, text);
  }
  if (text.startsWith("c2sp.org/tlog-proof@")) {
    return "proof";
  }
  if (/^old \d+\n/u.test(text)) {
    return "since";
  }
  if (parseCheckpoint(text) !== undefined) {
    return "checkpoint";
  }
  if (isKey(text, publicKeyIn)) {
    return "key";
  }
  return isKey(text, parseNoteKey) ? "witness" : "payload";
}

/** The members that only one of the documents has, in the layout that each of them has. */
function roleOfJson(bytes: Uint8Array, text: string): Role {
  if (kindOf(bytes) === "certificate") {
    return "certificate";
  }
  if (/^ {2}"statement": \{/mu.test(text)) {
    return "opening";
  }
  if (!/^ {2}"waybillId": /mu.test(text)) {
    return "payload";
  }
  return /^ {2}"signature": /mu.test(text) ? "waybill" : "receipt";
}

function isKey(text: string, read: (text: string) => unknown): boolean {
  try {
    read(text);
    return true;
  } catch {
    // What is no key is another file.
    return false;
  }
}

/** The operator's key, as a key or as that of a ledger. @throws InvalidInputError when it is neither */
function publicKeyIn(text: string): string {
  if (!/\+[0-9a-f]{8}\+/u.test(text)) {
    return readPublicKey(text);
  }
  const { kind, publicKey } = parseNoteKey(text);
  return kind === "ledger" ? publicKey : readPublicKey("");
}

function textOf(bytes: Uint8Array): string;
function textOf(bytes: Uint8Array | undefined): string | undefined;
function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
