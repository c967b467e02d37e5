/** Whatever single byte of what an auditor was given is altered, the verifier refuses it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { judge, type JudgeInput } from "../../src/entry/verifier/judge.ts";
import { parseNoteKey } from "../../src/modules/ledger/index.ts";
import { type Bundle, type BundleFile, makeBundle } from "./bundle.ts";

/** One bit at either end, and the one that makes a letter small or large; two of them for each byte. */
const MASKS = [0x01, 0x20, 0x80];
/** A byte is dropped and doubled at every so many. */
const LENGTHS_EVERY = 8;

let bundle: Bundle;
beforeAll(async () => {
  bundle = await makeBundle();
});
afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
});

/** For each file, what it is judged with: no more than it takes to notice, so that every byte can be tried. */
function inputWith(file: BundleFile, bytes: Buffer): JudgeInput {
  const { publicKey, witness, files } = bundle;
  const witnesses = [parseNoteKey(witness)];
  const inputs: Readonly<Record<BundleFile, Partial<JudgeInput>>> = {
    waybill: { document: bytes },
    payload: { payload: { chunks: () => once(bytes) } },
    proof: { document: bytes, ledger: { witnesses } },
    checkpoint: { document: bytes, ledger: { witnesses } },
    since: {
      document: bytes,
      ledger: { witnesses, earlier: files.checkpoint.toString("utf8") },
    },
    recordReceipt: { receipt: bytes },
    absence: { receipt: bytes },
  };
  return { document: files.waybill, publicKey, ...inputs[file] };
}

async function* once(bytes: Buffer): AsyncIterable<Buffer> {
  yield await Promise.resolve(bytes);
}

const files: readonly BundleFile[] = [
  "waybill",
  "payload",
  "proof",
  "checkpoint",
  "since",
  "recordReceipt",
  "absence",
];

test.for(files)(
  "no byte of the %s can be altered, dropped or doubled",
  { timeout: 60_000 },
  async (file) => {
    const original = bundle.files[file];
    expect((await judge(inputWith(file, original))).ok).toBe(true);

    const accepted: string[] = [];
    for (const [at, byte] of original.entries()) {
      for (const [change, bytes] of changesAt(original, at, byte).entries()) {
        if ((await judge(inputWith(file, bytes))).ok) {
          accepted.push(`change ${change} at ${at}`);
        }
      }
    }

    expect(accepted).toEqual([]);
  },
);

function changesAt(original: Buffer, at: number, byte: number): Buffer[] {
  const instead = MASKS.toSpliced(at % MASKS.length, 1).map((mask) => [byte ^ mask]);
  const lengths = at % LENGTHS_EVERY === 0 ? [[], [byte, byte]] : [];
  return [...instead, ...lengths].map((bytes) =>
    Buffer.concat([original.subarray(0, at), Buffer.from(bytes), original.subarray(at + 1)]),
  );
}
