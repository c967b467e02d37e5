/**
 * Judges what a ledger gives out, offline: checkpoints, proofs of entries and proofs of continuation, by
 * the operator's key and what the reader knows already. What is wrong is never thrown, always reported.
 */
import { ledgerEntry, type LedgerEntry } from "../../../protocol/ledger/index.ts";
import { canonicalJson, type JsonValue } from "../canonical-json.ts";
import { type Checkpoint, parseCheckpoint } from "../formats/checkpoint.ts";
import { type NoteKey, signatureOf } from "../formats/note.ts";
import {
  type ConsistencyFile,
  type InclusionFile,
  parseConsistency,
  parseInclusion,
} from "../formats/proof-file.ts";
import { leafHash } from "../merkle/hashing.ts";
import { verifyConsistency, verifyInclusion } from "../merkle/proof.ts";

/** Whom and what the reader trusts. */
export interface LedgerTrust {
  /** The operator's public key: base64 as `readPublicKey` gives it. */
  readonly publicKey: string;
  /** The name of the ledger; any that the key signs when it is not given. */
  readonly origin?: string | undefined;
  /** The keys of the witnesses that are known. */
  readonly witnesses: readonly NoteKey[];
  /** How many of them must have cosigned. */
  readonly quorum: number;
}

/** In the order in which they are reported. */
export type LedgerCheckName =
  | "document"
  | "origin"
  | "signature"
  | "witnesses"
  | "entry"
  | "inclusion"
  | "continuation";

export interface LedgerCheck {
  readonly name: LedgerCheckName;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was found, in a sentence without a full stop and without any value of a record. */
  readonly detail: string;
}

export interface LedgerVerification {
  /** No check failed. Skipped checks were not possible with what was given. */
  readonly ok: boolean;
  readonly checks: readonly LedgerCheck[];
  /** The checkpoint in the file, as far as the file could be read. */
  readonly checkpoint?: Checkpoint | undefined;
  /** The entry that is proved, with its index. */
  readonly index?: number | undefined;
  readonly entry?: LedgerEntry | undefined;
}

/** What a file turned out to be. */
interface LedgerFile {
  readonly checkpoint: Checkpoint;
  readonly inclusion?: InclusionFile | undefined;
  readonly consistency?: ConsistencyFile | undefined;
}

/**
 * Judges a checkpoint, a `.tlog-proof` or a proof of continuation.
 * @param earlier a checkpoint that the reader has kept
 */
export function verifyLedgerFile(
  text: string,
  trust: LedgerTrust,
  earlier?: string,
): LedgerVerification {
  const file = readFile(text);
  if (file === undefined) {
    const detail =
      "neither a checkpoint nor a proof of a ledger: it was altered, cut short or is another file";
    return { ok: false, checks: [{ name: "document", outcome: "failed", detail }] };
  }
  const { checkpoint, inclusion } = file;
  const entry = inclusion === undefined ? undefined : readEntry(inclusion.entry);
  const checks = [
    judge("document", true, [documentName(file), ""]),
    ...checkpointChecks(checkpoint, trust),
    ...(inclusion === undefined ? [] : inclusionChecks(inclusion, checkpoint, entry)),
    continuationCheck(file, trust, earlier),
  ];
  const ok = checks.every(({ outcome }) => outcome !== "failed");
  return { ok, checks, checkpoint, index: inclusion?.index, entry };
}

/** Judges who says what a checkpoint says. */
export function checkpointChecks(checkpoint: Checkpoint, trust: LedgerTrust): LedgerCheck[] {
  return [
    originCheck(checkpoint, trust),
    signatureCheck(checkpoint, trust),
    witnessesCheck(checkpoint, trust),
  ];
}

/** A check by what was found. `[yes, no]`: what to say of it. */
export function judge(
  name: LedgerCheckName,
  holds: boolean,
  [yes, no]: readonly [string, string],
): LedgerCheck {
  return { name, outcome: holds ? "passed" : "failed", detail: holds ? yes : no };
}

function skipped(name: LedgerCheckName, detail: string): LedgerCheck {
  return { name, outcome: "skipped", detail };
}

function readFile(text: string): LedgerFile | undefined {
  const inclusion = parseInclusion(text);
  const consistency = parseConsistency(text);
  const checkpoint = parseCheckpoint((inclusion ?? consistency)?.checkpoint ?? text);
  return checkpoint === undefined ? undefined : { checkpoint, inclusion, consistency };
}

function documentName({ checkpoint, inclusion, consistency }: LedgerFile): string {
  const tree = `a ledger of ${checkpoint.size} entries`;
  if (inclusion !== undefined) {
    return `a proof of entry ${inclusion.index} of ${tree}`;
  }
  return consistency === undefined
    ? `a checkpoint of ${tree}`
    : `a proof that ${tree} continues its first ${consistency.earlier}`;
}

function originCheck({ origin }: Checkpoint, trust: LedgerTrust): LedgerCheck {
  return trust.origin === undefined
    ? skipped(
        "origin",
        `the ledger calls itself ${origin}; give its name to know that it is the one you mean`,
      )
    : judge("origin", origin === trust.origin, [
        `the ledger ${origin}`,
        `another ledger: ${origin}, and you gave ${trust.origin}`,
      ]);
}

function signatureCheck({ note, origin }: Checkpoint, { publicKey }: LedgerTrust): LedgerCheck {
  const found = signatureOf(note, { kind: "ledger", name: origin, publicKey });
  return judge("signature", found === "valid", [
    "signed by the operator's key",
    found === "absent"
      ? "not signed by the operator's key"
      : "the signature does not fit: the checkpoint was altered after it was signed, or the signature was",
  ]);
}

function witnessesCheck({ note }: Checkpoint, { witnesses, quorum }: LedgerTrust): LedgerCheck {
  if (witnesses.length === 0) {
    return skipped("witnesses", "no witness was named");
  }
  const found = witnesses.map((key) => ({ name: key.name, signature: signatureOf(note, key) }));
  const wrong = found.filter(({ signature }) => signature === "invalid");
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(", ");
    return judge("witnesses", false, ["", `the cosignature of ${names} does not fit`]);
  }
  const valid = found.filter(({ signature }) => signature === "valid");
  const cosigned = `cosigned by ${valid.length} of ${witnesses.length} witnesses`;
  return judge("witnesses", valid.length >= quorum, [cosigned, `${cosigned}; ${quorum} must have`]);
}

function readEntry(bytes: Buffer): LedgerEntry | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const entry = ledgerEntry.parse(JSON.parse(text));
    return canonicalJson(entry satisfies JsonValue) === text ? entry : undefined;
  } catch {
    // Whatever is wrong with it, to the reader it is "no entry".
    return undefined;
  }
}

function inclusionChecks(
  { entry: bytes, index, proof }: InclusionFile,
  { size, root }: Checkpoint,
  entry: LedgerEntry | undefined,
): LedgerCheck[] {
  const holds = verifyInclusion({ index, size, leaf: leafHash(bytes), proof, root });
  return [
    judge("entry", entry !== undefined, [
      `${entry?.kind} about ${entry?.about} at ${entry?.at}`,
      "not an entry that this version knows",
    ]),
    judge("inclusion", holds, [
      `entry ${index} of ${size}`,
      "the proof does not lead from the entry to the root of the checkpoint",
    ]),
  ];
}

function continuationCheck(
  { checkpoint, consistency }: LedgerFile,
  trust: LedgerTrust,
  earlierText: string | undefined,
): LedgerCheck {
  if (earlierText === undefined) {
    return skipped("continuation", "no earlier checkpoint was given");
  }
  const earlier = parseCheckpoint(earlierText);
  if (consistency === undefined && earlier !== undefined && earlier.size !== checkpoint.size) {
    const detail = `this file does not tell it; ask for what 'waybill ledger prove CLIENT --since CHECKPOINT' prints`;
    return judge("continuation", false, ["", detail]);
  }
  return judgeContinuation({ earlier, checkpoint, trust }, (kept) =>
    doesContinue(kept, checkpoint, consistency),
  );
}

/**
 * Judges whether a ledger continues an earlier checkpoint, which must be its own.
 * @param earlier undefined when what was given could not be read
 * @param continues whether the tree of the earlier one is the beginning of the later
 */
export function judgeContinuation(
  {
    earlier,
    checkpoint,
    trust,
  }: {
    readonly earlier: Checkpoint | undefined;
    readonly checkpoint: Checkpoint;
    readonly trust: LedgerTrust;
  },
  continues: (earlier: Checkpoint) => boolean,
): LedgerCheck {
  if (
    earlier?.origin !== checkpoint.origin ||
    signatureCheck(earlier, trust).outcome !== "passed"
  ) {
    const detail =
      "the earlier checkpoint is none of this ledger, or not signed by the operator's key";
    return judge("continuation", false, ["", detail]);
  }
  return judge("continuation", continues(earlier), [
    `all ${earlier.size} entries of the earlier checkpoint are as they were`,
    "the ledger does not continue the earlier checkpoint: somebody was shown another history",
  ]);
}

function doesContinue(
  earlier: Checkpoint,
  later: Checkpoint,
  consistency: ConsistencyFile | undefined,
): boolean {
  if (consistency === undefined) {
    return earlier.root.equals(later.root);
  }
  return (
    consistency.earlier === earlier.size &&
    verifyConsistency({
      size: earlier.size,
      laterSize: later.size,
      root: earlier.root,
      laterRoot: later.root,
      proof: consistency.proof,
    })
  );
}
