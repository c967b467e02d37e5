/** One installation cosigns the ledger of another, over HTTP. */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import {
  askWitnesses,
  insertWitness,
  parseNoteKey,
  printNoteKey,
  proveEntry,
  cosignedHead,
  printInclusion,
  sequence,
  signingKey,
  verifyLedgerFile,
  witnessLedger,
} from "../../modules/ledger/index.ts";
import { FixedClock } from "../../kernel/index.ts";
import { createHttpServer } from "../../platform/http/index.ts";
import { createLog } from "../../platform/logging/index.ts";
import { ledgerScene, type LedgerScene } from "../../../tests/ledger/scene.ts";
import { testDatabase } from "../../../tests/support/database.ts";
import { postToWitness } from "../witnessing.ts";
import { addWitnessRoute } from "./witness-route.ts";

const clock = new FixedClock(new Date("2026-07-01T10:00:00Z"));
const actor = "cli:alice";

/** A witness that listens and trusts nobody yet. */
async function witnessScene(stack: AsyncDisposableStack) {
  const { db } = stack.use(await testDatabase());
  const cosigner = {
    name: "auditor.example/witness",
    key: signingKey(generateKeyPairSync("ed25519").privateKey),
  };
  const log = createLog({ to: { write: () => {} } });
  const http = stack.use(createHttpServer({ log, checkReady: () => Promise.resolve() }));
  addWitnessRoute(http.app, () => Promise.resolve({ db, clock, cosigner }));
  const url = `${await http.listen()}/witness`;
  const { name, key } = cosigner;
  const text = printNoteKey({ kind: "witness", name, publicKey: key.publicKey });
  return { db, url, witness: { name, key: text, url } };
}

async function grow({ note, ledger }: LedgerScene, count: number): Promise<void> {
  await note(count);
  await sequence(ledger);
}

function ask({ ledger }: LedgerScene) {
  return askWitnesses(ledger, { clock, post: postToWitness });
}

function ledgerKey({ ledger }: LedgerScene) {
  const name = "care-co.-gmbh/waybill/acme";
  return { kind: "ledger", name, publicKey: ledger.signer.publicKey } as const;
}

test("a witness cosigns what it was trusted with, as far as the ledger grows", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await ledgerScene());
  const { db, witness } = await witnessScene(stack);
  const { ledger } = scene;
  await ledger.db.scoped(ledger.scope, (tx) =>
    insertWitness(tx, witness, { at: clock.now(), actor }),
  );
  await grow(scene, 5);

  expect(await ask(scene)).toEqual([
    {
      witness: witness.name,
      problem: `${witness.name} does not know this ledger: it must be told its key`,
    },
  ]);
  await witnessLedger({ db, clock }, ledgerKey(scene), actor);
  expect(await ask(scene)).toEqual([{ witness: witness.name, size: 5 }]);
  await grow(scene, 300);
  expect(await ask(scene)).toEqual([{ witness: witness.name, size: 305 }]);
  await grow(scene, 1);

  const head = await cosignedHead(ledger);
  expect(head.size).toBe(305);
  const proof = await ledger.db.scoped(ledger.scope, (tx) => proveEntry(tx, head, 4), {
    readOnly: true,
  });
  const trust = {
    publicKey: ledger.signer.publicKey,
    witnesses: [parseNoteKey(witness.key)],
    quorum: 1,
  };
  const { checks } = verifyLedgerFile(printInclusion(proof), trust);
  expect(checks).toContainEqual({
    name: "witnesses",
    outcome: "passed",
    detail: "cosigned by 1 of 1 witnesses",
  });
}, 60_000);

test("a ledger that forgot what its witness has said catches up, and a rolled-back one is told", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await ledgerScene());
  const { db, witness } = await witnessScene(stack);
  const { ledger } = scene;
  await witnessLedger({ db, clock }, ledgerKey(scene), actor);
  await ledger.db.scoped(ledger.scope, (tx) =>
    insertWitness(tx, witness, { at: clock.now(), actor }),
  );
  await grow(scene, 5);
  await ask(scene);
  await grow(scene, 5);

  await ledger.db.scoped(ledger.scope, (tx) => tx.run("delete from _ledger_cosignatures"));
  expect(await ask(scene)).toEqual([{ witness: witness.name, size: 10 }]);

  await ledger.db.scoped(ledger.scope, (tx) => tx.run("delete from _ledger_cosignatures"));
  await db.control((tx) => tx.run("update witnessed_ledgers set size = 12"));
  await expect(ask(scene)).rejects.toMatchObject({ kind: "refused", code: "ledger-rolled-back" });
}, 60_000);

test("what is no request, and what is too long, is refused", async () => {
  await using stack = new AsyncDisposableStack();
  const { url } = await witnessScene(stack);

  const [malformed, long] = await Promise.all([
    postToWitness(`${url}/add-checkpoint`, "old x\n"),
    postToWitness(`${url}/add-checkpoint`, "x".repeat(40_000)),
  ]);

  expect(malformed.status).toBe(400);
  expect(long.status).toBe(413);
});
