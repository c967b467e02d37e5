import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { verifyLedgerFile } from "../audit/verify.ts";
import { canonicalJson } from "../canonical-json.ts";
import { leafHash, sha256 } from "../merkle/hashing.ts";
import { proveConsistency, proveInclusion, rootOf } from "../merkle/proof.ts";
import { readPublicKey, signingKey } from "../signature.ts";
import { parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { type NoteKey, parseNote, parseNoteKey, printNoteKey, signatureOf } from "./note.ts";
import {
  parseConsistency,
  parseInclusion,
  printConsistency,
  printInclusion,
} from "./proof-file.ts";
import { bundlePath, packBundle, tilePath, unpackBundle } from "./tile-files.ts";

describe("the examples of the standards", () => {
  const NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
  const VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  const CHECKPOINT = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

  test("a signed note is verified by its key", () => {
    const key = parseNoteKey(VKEY);
    expect(key).toMatchObject({ kind: "ledger", name: "example.com/foo" });
    expect(printNoteKey(key)).toBe(VKEY);
    expect(signatureOf(must(parseNote(NOTE), "a note"), key)).toBe("valid");
    const other = must(parseNote(NOTE.replace("example m", "other m")), "a note");
    expect(signatureOf(other, key)).toBe("invalid");
    expect(signatureOf(other, { ...key, name: "example.com/bar" })).toBe("absent");
  });

  test("a checkpoint with a cosignature is read", () => {
    const { origin, size, root, note } = must(parseCheckpoint(CHECKPOINT), "a checkpoint");
    expect({ origin, size }).toEqual({ origin: "example.com/behind-the-sofa", size: 20_852_163 });
    expect(root.toString("base64")).toBe("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
    expect(note.signatures.map(({ name }) => name)).toEqual([origin, "witness.example.com/w1"]);
  });

  test("the proof that a witness is sent is read and written", () => {
    const text = `old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\n${CHECKPOINT}`;
    const file = must(parseConsistency(text), "a proof");
    expect(file).toMatchObject({ earlier: 20_852_014, checkpoint: CHECKPOINT });
    expect(printConsistency(file)).toBe(text);
  });

  test("tiles have the paths of tlog-tiles", () => {
    expect(tilePath({ level: 0, tile: 1_234_067 }, 256)).toBe("tile/0/x001/x234/067");
    expect(tilePath({ level: 1, tile: 0 }, 17)).toBe("tile/1/000.p/17");
    expect(bundlePath(273, 112)).toBe("tile/entries/273.p/112");
    expect(bundlePath(1_000, 256)).toBe("tile/entries/x001/000");
  });
});

test("bundles of entries are read as they were packed, and not when they are cut", () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
  fc.assert(
    fc.property(entries, (list) => {
      expect(unpackBundle(packBundle(list))).toEqual(list);
    }),
  );
  expect(unpackBundle(packBundle([Buffer.from("ab")]).subarray(0, 3))).toBeUndefined();
  expect(unpackBundle(Buffer.of(0))).toBeUndefined();
});

test("what is no key of a ledger is refused in words", () => {
  const altered = "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  for (const text of ["", "example.com/foo", altered, altered.replace("Aek", "Bek")]) {
    expect(() => parseNoteKey(text)).toThrow("not an Ed25519 key of a ledger");
  }
});

const ORIGIN = "acme/waybill/telecom";
const SIGNER = signingKey(generateKeyPairSync("ed25519").privateKey);
const WITNESS = generateKeyPairSync("ed25519");
const WITNESS_KEY: NoteKey = {
  kind: "witness",
  name: "auditor.example/w1",
  publicKey: readPublicKey(
    createPublicKey(WITNESS.privateKey).export({ type: "spki", format: "pem" }).toString(),
  ),
};
const TRUST = { publicKey: SIGNER.publicKey, origin: ORIGIN, witnesses: [], quorum: 0 };
const ENTRIES = Array.from({ length: 11 }, (_, at) =>
  Buffer.from(
    canonicalJson({
      version: "1",
      kind: "delivery-sealed",
      at: "2026-03-01T10:00:00.000Z",
      about: `waybill ${at}`,
      waybill: sha256(Buffer.of(at)).toString("hex"),
    }),
  ),
);
const LEAVES = ENTRIES.map((entry) => leafHash(entry));

function checkpointOf(size: number): string {
  return signCheckpoint(
    { origin: ORIGIN, size, root: rootOf(LEAVES, { start: 0, end: size }) },
    SIGNER,
  );
}

/** The line with which the witness cosigns (c2sp.org/tlog-cosignature). */
function cosignature(checkpoint: string, time = 1_700_000_000n): string {
  const { text } = must(parseNote(checkpoint), "a note");
  const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
  const instant = Buffer.alloc(8);
  instant.writeBigUInt64BE(time);
  const id = Buffer.from(must(printNoteKey(WITNESS_KEY).split("+")[1], "a key has an id"), "hex");
  const bytes = Buffer.concat([id, instant, sign(null, message, WITNESS.privateKey)]);
  return `— ${WITNESS_KEY.name} ${bytes.toString("base64")}\n`;
}

const PROOF = printInclusion({
  entry: must(ENTRIES[4], "there are eleven"),
  index: 4,
  proof: proveInclusion(LEAVES, 4),
  checkpoint: checkpointOf(11),
});
const CONTINUATION = printConsistency({
  earlier: 6,
  proof: proveConsistency(LEAVES, 6),
  checkpoint: checkpointOf(11),
});

function failures(
  text: string,
  trust: Parameters<typeof verifyLedgerFile>[1] = TRUST,
  earlier?: string,
): string[] {
  return verifyLedgerFile(text, trust, earlier)
    .checks.filter(({ outcome }) => outcome === "failed")
    .map(({ name }) => name);
}

describe("verification", () => {
  test("accepts what a ledger gives out", () => {
    expect(verifyLedgerFile(PROOF, TRUST)).toMatchObject({
      ok: true,
      index: 4,
      entry: { kind: "delivery-sealed" },
    });
    expect(failures(checkpointOf(11))).toEqual([]);
    expect(failures(CONTINUATION, TRUST, checkpointOf(6))).toEqual([]);
    expect(failures(checkpointOf(6), TRUST, checkpointOf(6))).toEqual([]);
    expect(printInclusion(must(parseInclusion(PROOF), "a proof"))).toBe(PROOF);
  });

  test.each([
    ["a checkpoint", checkpointOf(11), undefined],
    ["a proof of an entry", PROOF, undefined],
    ["a proof of continuation", CONTINUATION, checkpointOf(6)],
    ["a cosigned checkpoint", checkpointOf(11) + cosignature(checkpointOf(11)), undefined],
  ])("refuses %s after the change of any one byte", (_, text, earlier) => {
    const trust = text.includes(WITNESS_KEY.name)
      ? { ...TRUST, witnesses: [WITNESS_KEY], quorum: 1 }
      : TRUST;
    expect(failures(text, trust, earlier)).toEqual([]);
    const bytes = Buffer.from(text);
    const accepted: string[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        if (verifyLedgerFile(changed.toString("utf8"), trust, earlier).ok) {
          accepted.push(`${at} ^ ${flip}`);
        }
      }
      for (const shorter of [
        bytes.subarray(0, at),
        Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
      ]) {
        if (verifyLedgerFile(shorter.toString("utf8"), trust, earlier).ok) {
          accepted.push(`${at} cut`);
        }
      }
    }
    expect(accepted).toEqual([]);
  });

  test("refuses another ledger, another key and another history", () => {
    const stranger = signingKey(generateKeyPairSync("ed25519").privateKey);
    expect(failures(PROOF, { ...TRUST, origin: "acme/waybill/retail" })).toEqual(["origin"]);
    expect(failures(PROOF, { ...TRUST, publicKey: stranger.publicKey })).toEqual(["signature"]);
    const other = signCheckpoint({ origin: ORIGIN, size: 6, root: leafHash(Buffer.of(1)) }, SIGNER);
    expect(failures(CONTINUATION, TRUST, other)).toEqual(["continuation"]);
    expect(failures(CONTINUATION, TRUST, checkpointOf(7))).toEqual(["continuation"]);
    expect(failures(PROOF, TRUST, checkpointOf(6))).toEqual(["continuation"]);
  });

  test("counts the witnesses that have cosigned, and refuses one that has not signed this", () => {
    const checkpoint = checkpointOf(11);
    const trust = { ...TRUST, witnesses: [WITNESS_KEY], quorum: 1 };
    expect(failures(checkpoint + cosignature(checkpoint), trust)).toEqual([]);
    expect(failures(checkpoint, trust)).toEqual(["witnesses"]);
    expect(failures(checkpoint + cosignature(checkpointOf(6)), trust)).toEqual(["witnesses"]);
    expect(failures(checkpoint + cosignature(checkpointOf(6)))).toEqual([]);
    expect(parseNoteKey(printNoteKey(WITNESS_KEY))).toEqual(WITNESS_KEY);
  });

  test("refuses an entry that is not of the catalogue, or not in its one spelling", () => {
    for (const text of ['{"version":"2"}', `${String(ENTRIES[0])} `, "{", "\u{fffd}"]) {
      const entry = Buffer.from(text);
      const root = leafHash(entry);
      const checkpoint = signCheckpoint({ origin: ORIGIN, size: 1, root }, SIGNER);
      expect(failures(printInclusion({ entry, index: 0, proof: [], checkpoint }))).toEqual([
        "entry",
      ]);
    }
  });
});
