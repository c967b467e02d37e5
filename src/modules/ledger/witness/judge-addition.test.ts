import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { signCheckpoint } from "../formats/checkpoint.ts";
import { cosignatureLine, withCosignatures } from "../formats/cosignature.ts";
import type { NoteKey } from "../formats/note.ts";
import { printConsistency } from "../formats/proof-file.ts";
import { EMPTY_ROOT, leafHash } from "../merkle/hashing.ts";
import { proveConsistency, rootOf } from "../merkle/proof.ts";
import { signingKey } from "../signature.ts";
import { judgeAddition, parseAddition, type Refusal, type Seen } from "./judge-addition.ts";

const origin = "bureau.example/waybill/acme";
const signer = signingKey(generateKeyPairSync("ed25519").privateKey);
const key: NoteKey = { kind: "ledger", name: origin, publicKey: signer.publicKey };
const leaves = Array.from({ length: 9 }, (_, at) => leafHash(Buffer.of(at)));
const forked = leaves.with(1, leafHash(Buffer.from("otherwise")));

function rootAt(size: number, of = leaves): Buffer {
  return rootOf(of, { start: 0, end: size });
}

function checkpoint(size: number, of = leaves): string {
  return signCheckpoint({ origin, size, root: rootAt(size, of) }, signer);
}

function seenAt(size: number): Seen {
  return { size, root: size === 0 ? EMPTY_ROOT : rootAt(size) };
}

/** What the witness says that stands at `seen`, to a tree of `size` and the proof from `earlier`. */
function said(seen: number, earlier: number, size: number): Refusal | undefined {
  const proof = earlier === 0 ? [] : proveConsistency(leaves.slice(0, size), earlier);
  const body = printConsistency({ earlier, proof, checkpoint: checkpoint(size) });
  return judgeAddition(must(parseAddition(body), "a request"), key, seenAt(seen));
}

describe("a witness", () => {
  test("cosigns the first tree that it sees, and every one that continues it", () => {
    for (const [seen, size] of [
      [0, 1],
      [0, 9],
      [1, 2],
      [3, 7],
      [8, 9],
      [9, 9],
    ] as const) {
      expect(said(seen, seen, size)).toBeUndefined();
    }
  });

  test("tells where it stands to whom begins elsewhere", () => {
    expect(said(4, 3, 9)).toEqual({ status: 409, size: 4 });
    expect(said(4, 0, 9)).toEqual({ status: 409, size: 4 });
    expect(said(0, 4, 9)).toEqual({ status: 409, size: 0 });
  });

  test("refuses another history, of the same size or of a larger one", () => {
    const same = { earlier: 4, proof: [], checkpoint: checkpoint(4, forked) };
    const larger = {
      earlier: 4,
      proof: proveConsistency(forked, 4),
      checkpoint: checkpoint(9, forked),
    };

    expect(judged(printConsistency(same))).toEqual({ status: 409, size: 4 });
    expect(judged(printConsistency(larger))).toEqual({ status: 422 });
  });

  test("refuses what the ledger's key has not signed, and what goes back behind itself", () => {
    const stranger = signingKey(generateKeyPairSync("ed25519").privateKey);
    const unsigned = signCheckpoint({ origin, size: 9, root: rootAt(9) }, stranger);
    const proof = proveConsistency(leaves, 4);
    const backwards = { earlier: 9, proof: [], checkpoint: checkpoint(4) };

    expect(judged(printConsistency({ earlier: 4, proof, checkpoint: unsigned }))).toEqual({
      status: 403,
    });
    expect(judged(printConsistency(backwards))).toEqual({ status: 400 });
    expect(parseAddition("old 4\n")).toBeUndefined();
  });
});

function judged(body: string): Refusal | undefined {
  return judgeAddition(must(parseAddition(body), "a request"), key, seenAt(4));
}

describe("a ledger", () => {
  const witness = signingKey(generateKeyPairSync("ed25519").privateKey);
  const cosigner = { name: "witness.example", key: witness };
  const known: NoteKey = { kind: "witness", name: "witness.example", publicKey: witness.publicKey };
  const note = checkpoint(9);
  const text = note.slice(0, note.indexOf("\n\n") + 1);
  const at = new Date("2026-07-01T00:00:00Z");

  test("takes the cosignature of its witness into its checkpoint", () => {
    const line = cosignatureLine(text, cosigner, at);

    expect(withCosignatures(note, line, known)).toBe(note + line);
  });

  test("takes nothing else for it", () => {
    const other = { name: "witness.example", key: signer };
    const ofAnother = checkpoint(8);
    const lines = [
      "",
      "— witness.example AAAA\n",
      cosignatureLine(text, other, at),
      cosignatureLine(ofAnother.slice(0, ofAnother.indexOf("\n\n") + 1), cosigner, at),
    ];

    expect(lines.map((line) => withCosignatures(note, line, known))).toEqual(
      lines.map(() => undefined),
    );
  });
});
