import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { type Checkpoint, parseCheckpoint } from "../formats/checkpoint.ts";
import { signatureOf } from "../formats/note.ts";
import { leafHash } from "../merkle/hashing.ts";
import { rootOf, verifyConsistency, verifyInclusion } from "../merkle/proof.ts";
import { selectBundle, selectEntries } from "../store/entries.ts";
import { recordInLedger } from "../store/inbox.ts";
import { ledgerScene, noted, type LedgerScene } from "../../../../tests/ledger/scene.ts";
import { CheckpointFile } from "./checkpoint-file.ts";
import type { Ledger } from "./ledger.ts";
import { proveContinuation, proveEntry } from "./prove.ts";
import { publishHead, type PublishedHead, sequence } from "./sequence.ts";

async function leavesOf({ db, scope }: Ledger): Promise<Buffer[]> {
  const entries = await db.scoped(scope, (tx) => selectBundle(tx, { start: 0, end: 1_000_000 }));
  expect(entries.map(({ index }) => index)).toEqual(entries.map((_, place) => place));
  return entries.map(({ entry }) => leafHash(Buffer.from(entry)));
}

/** The head is that of a tree which was hashed anew from all entries. */
async function expectWhole(ledger: Ledger): Promise<number> {
  const head = await publishHead(ledger);
  const leaves = await leavesOf(ledger);
  expect(head.size).toBe(leaves.length);
  expect(head.root).toEqual(rootOf(leaves, { start: 0, end: leaves.length }));
  return head.size;
}

/** Sets the database back to the first `size` entries: an older backup, with its tiles. */
async function restore({ ledger, note }: LedgerScene, steps: readonly number[]): Promise<void> {
  const { db, scope } = ledger;
  await db.scoped(scope, async (tx) => {
    await tx.run("delete from _ledger_entries");
    await tx.run("delete from _ledger_tiles");
    await tx.run("update _ledger_head set size = 0, root = null");
  });
  const file = new CheckpointFile(ledger.dataDir, ledger.client).path;
  const published = await readFile(file, "utf8");
  await rm(file);
  for (const step of steps) {
    await note(step);
    await sequence(ledger);
  }
  await writeFile(file, published);
}

test("what was noted gets numbers without a gap, in the order in which it was noted", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;

  await note(3, "first");
  expect(await sequence(ledger)).toBe(3);
  await note(700, "second");
  expect(await sequence(ledger)).toBe(700);
  expect(await sequence(ledger)).toBe(0);

  expect(await expectWhole(ledger)).toBe(703);
  const entries = await ledger.db.scoped(ledger.scope, (tx) => selectEntries(tx, { limit: 701 }));
  expect(entries[0]?.entry).toContain('"about":"second 699"');
  expect(entries.at(-1)?.entry).toContain('"about":"first 2"');
});

test("what a transaction noted that is rolled back is not in the ledger", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  const failing = ledger.db.scoped(ledger.scope, async (tx) => {
    await recordInLedger(tx, [noted("never")]);
    throw new Error("changed its mind");
  });
  await expect(failing).rejects.toThrow("changed its mind");
  await note(1);

  await sequence(ledger);

  expect(await expectWhole(ledger)).toBe(1);
});

test("an entry that commits late is taken later, never missed", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  await ledger.db.scoped(ledger.scope, async (tx) => {
    await recordInLedger(tx, [noted("late")]);
    await note(2, "meanwhile");
    expect(await sequence(ledger)).toBe(2);
  });

  expect(await sequence(ledger)).toBe(1);

  const newest = await ledger.db.scoped(ledger.scope, (tx) => selectEntries(tx, { limit: 1 }));
  expect(newest[0]).toMatchObject({ index: 2, entry: expect.stringContaining("late") });
  await expectWhole(ledger);
});

test("many who note and many who number at once make one tree", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;

  await Promise.all(
    Array.from({ length: 24 }, async (_, who) => {
      await note(1 + (who % 5) * 40, `writer ${who}`);
      await sequence(ledger);
    }),
  );
  await sequence(ledger);

  const expected = Array.from({ length: 24 }, (_, who) => 1 + (who % 5) * 40);
  expect(await expectWhole(ledger)).toBe(expected.reduce((a, b) => a + b));
});

test("a sequencer that dies in the middle leaves what was noted where it was", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  await note(5);
  await sequence(ledger);
  await note(300);
  const { db, scope } = ledger;
  await db.defining(scope, (tx) =>
    tx.run("alter table _ledger_tiles add constraint broken check (tile < 1) not valid"),
  );
  await expect(sequence(ledger)).rejects.toThrow("constraint broken");
  expect(await expectWhole(ledger)).toBe(5);

  await db.defining(scope, (tx) => tx.run("alter table _ledger_tiles drop constraint broken"));
  expect(await sequence(ledger)).toBe(300);

  expect(await expectWhole(ledger)).toBe(305);
});

test("the published checkpoint is signed by the operator's key under the ledger's name", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  await expect(publishHead(ledger)).rejects.toMatchObject({ code: "ledger-empty" });
  await note(2);
  await sequence(ledger);

  const { checkpoint, origin } = await publishHead(ledger);

  expect(origin).toBe("care-co.-gmbh/waybill/acme");
  const key = { kind: "ledger", name: origin, publicKey: ledger.signer.publicKey } as const;
  expect(signatureOf(read(checkpoint).note, key)).toBe("valid");
  expect((await publishHead({ ...ledger, operator: "Another" })).checkpoint).toBe(checkpoint);
});

test("every entry and every continuation is proved out of the tiles", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  const { db, scope } = ledger;
  await note(259);
  await sequence(ledger);
  const earlier = read((await publishHead(ledger)).checkpoint);
  await note(411);
  await sequence(ledger);
  const head = await publishHead(ledger);
  const { size, root } = head;
  await db.scoped(scope, async (tx) => {
    for (const index of [0, 1, 255, 256, 258, 259, 511, 512, 669]) {
      const { entry, proof } = await proveEntry(tx, head, index);
      const leaf = leafHash(entry);
      expect(verifyInclusion({ index, size, leaf, proof, root })).toBe(true);
    }
    await expect(proveEntry(tx, head, 670)).rejects.toMatchObject({ code: "ledger-entry-unknown" });
    const { proof } = await proveContinuation(tx, head, earlier);
    const claim = { size: 259, root: earlier.root, laterSize: size, laterRoot: root, proof };
    expect(verifyConsistency(claim)).toBe(true);
    const forked = proveContinuation(tx, head, { ...earlier, root });
    await expect(forked).rejects.toMatchObject({ code: "ledger-forked" });
  });
});

test("what was kept of another history of the same name proves nothing, and changed entries are refused", async () => {
  await using here = await ledgerScene();
  await using elsewhere = await ledgerScene();
  const grown = async ({ ledger, note }: LedgerScene, text: string): Promise<PublishedHead> => {
    await note(300, text);
    await sequence(ledger);
    return await publishHead(ledger);
  };
  const one = await grown(here, "this way");
  const other = await grown(elsewhere, "that way");
  const prove = ({ ledger: { db, scope } }: LedgerScene, head: PublishedHead, index: number) =>
    db.scoped(scope, (tx) => proveEntry(tx, head, index), { readOnly: true });

  expect(one.origin).toBe(other.origin);
  for (const [scene, head] of [
    [here, one],
    [elsewhere, other],
    [here, one],
  ] as const) {
    const { entry, proof } = await prove(scene, head, 7);
    const leaf = leafHash(entry);
    expect(verifyInclusion({ index: 7, size: 300, leaf, proof, root: head.root })).toBe(true);
  }

  const { db, scope } = here.ledger;
  await db.scoped(scope, (tx) => tx.run("update _ledger_entries set entry = '{}' where index = 7"));
  const changed = prove(here, one, 7);
  await expect(changed).rejects.toMatchObject({ kind: "refused", code: "ledger-forked" });
});

test("a database behind a published checkpoint is refused loudly, and nothing is numbered", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  await note(10);
  await sequence(ledger);
  await note(10);
  await sequence(ledger);

  await restore(scene, [10]);
  await note(30);

  const refusal = { kind: "refused", code: "ledger-rolled-back" };
  await expect(sequence(ledger)).rejects.toMatchObject(refusal);
  await expect(publishHead(ledger)).rejects.toMatchObject(refusal);
  expect(await leavesOf(ledger)).toHaveLength(10);
});

test("a copy of the database that went on by itself is refused as a fork", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  await note(10);
  await sequence(ledger);
  await note(10, "this way");
  await sequence(ledger);

  await restore(scene, [10, 400]);

  const refusal = { kind: "refused", code: "ledger-forked" };
  await expect(publishHead(ledger)).rejects.toMatchObject(refusal);
});

test("a line that a crash has cut short was never published, and goes", async () => {
  await using scene = await ledgerScene();
  const { ledger, note } = scene;
  const file = new CheckpointFile(ledger.dataDir, ledger.client);
  await note(1);
  await sequence(ledger);
  const whole = await readFile(file.path, "utf8");
  await appendFile(file.path, '"care-co.-gmbh/waybill/acme\\n99');

  await note(1);
  await sequence(ledger);

  const lines = (await readFile(file.path, "utf8")).split("\n");
  expect(`${lines[0]}\n`).toBe(whole);
  expect(lines).toHaveLength(3);
  expect(await file.last()).toMatchObject({ size: 2 });

  await appendFile(file.path, "nonsense\n");
  await expect(sequenceOne(scene)).rejects.toMatchObject({
    code: "ledger-checkpoints-unreadable",
  });
});

function read(checkpoint: string): Checkpoint {
  return must(parseCheckpoint(checkpoint), "it is a checkpoint of ours");
}

async function sequenceOne({ ledger, note }: LedgerScene): Promise<number> {
  await note(1);
  return await sequence(ledger);
}
