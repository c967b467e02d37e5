/**
 * The two files that prove something of a ledger to somebody who has only a key:
 *
 * - `.tlog-proof`, c2sp.org/tlog-proof: an entry stands in the tree of a checkpoint. Ours carry the entry
 *   itself as the extra data; since it is hashed as the leaf, it is vouched for by the proof.
 * - what a witness is sent, c2sp.org/tlog-witness (the body of `add-checkpoint`): the tree of a checkpoint
 *   continues that of an earlier size.
 */
import { HASH_BYTES } from "../merkle/hashing.ts";
import { strictBase64 } from "../signature.ts";
import { parseDecimal } from "./checkpoint.ts";

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
/** A proof in a tree of 2^53 leaves, the most that can be counted exactly, is shorter. */
const LONGEST_PROOF = 63;

/** That an entry stands in a tree. */
export interface InclusionFile {
  /** The entry: the bytes that were hashed as the leaf. */
  readonly entry: Buffer;
  /** From 0. */
  readonly index: number;
  /** From the leaf up. */
  readonly proof: readonly Buffer[];
  /** The signed checkpoint. */
  readonly checkpoint: string;
}

/** That a tree continues an earlier one. */
export interface ConsistencyFile {
  /** The size of the earlier tree. */
  readonly earlier: number;
  readonly proof: readonly Buffer[];
  /** The signed checkpoint of the later tree. */
  readonly checkpoint: string;
}

export function printInclusion({ entry, index, proof, checkpoint }: InclusionFile): string {
  const head = [PROOF_HEADER, `extra ${entry.toString("base64")}`, `index ${index}`];
  return printProof(head, proof, checkpoint);
}

export function printConsistency({ earlier, proof, checkpoint }: ConsistencyFile): string {
  return printProof([`old ${earlier}`], proof, checkpoint);
}

function printProof(head: readonly string[], proof: readonly Buffer[], checkpoint: string): string {
  const hashes = proof.map((hash) => hash.toString("base64"));
  return `${[...head, ...hashes].join("\n")}\n\n${checkpoint}`;
}

/** Reads the proof of an entry; undefined when the text is none, or does not carry the entry. */
export function parseInclusion(text: string): InclusionFile | undefined {
  const { lines, checkpoint } = divide(text);
  const [header, extra, position, ...hashes] = lines;
  const entry = strictBase64(extra?.replace(/^extra /u, "") ?? "");
  const index = parseDecimal(position?.replace(/^index /u, ""));
  const proof = parseHashes(hashes);
  const isMarked = extra?.startsWith("extra ") === true && position?.startsWith("index ") === true;
  return header !== PROOF_HEADER || !isMarked || !entry || index === undefined || !proof
    ? undefined
    : { entry, index, proof, checkpoint };
}

/** Reads the proof of a continuation; undefined when the text is none. */
export function parseConsistency(text: string): ConsistencyFile | undefined {
  const { lines, checkpoint } = divide(text);
  const [position, ...hashes] = lines;
  const earlier = parseDecimal(position?.replace(/^old /u, ""));
  const proof = parseHashes(hashes);
  return position?.startsWith("old ") !== true || earlier === undefined || !proof
    ? undefined
    : { earlier, proof, checkpoint };
}

/** The lines before the first empty one, and what comes behind it. */
function divide(text: string): { lines: string[]; checkpoint: string } {
  const end = text.indexOf("\n\n");
  return end < 0
    ? { lines: [], checkpoint: "" }
    : { lines: text.slice(0, end).split("\n"), checkpoint: text.slice(end + 2) };
}

function parseHashes(lines: readonly string[]): Buffer[] | undefined {
  const hashes = lines.map(strictBase64).filter((hash) => hash?.length === HASH_BYTES);
  const all = hashes.filter((hash) => hash !== undefined);
  return all.length === lines.length && lines.length <= LONGEST_PROOF ? all : undefined;
}
