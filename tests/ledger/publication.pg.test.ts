import { appendFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { auditFolder, publishHead, publishTo, sequence } from "../../src/modules/ledger/index.ts";
import type { LedgerTrust } from "../../src/modules/ledger/index.ts";
import { ledgerScene, type LedgerScene } from "./scene.ts";

/** Notes so many entries, and publishes them. */
async function grow(scene: LedgerScene, count: number): Promise<string> {
  await scene.note(count);
  await sequence(scene.ledger);
  const { checkpoint } = await publishTo(scene.ledger, folderOf(scene));
  return checkpoint;
}

function folderOf({ ledger }: LedgerScene): string {
  return join(ledger.dataDir, "public");
}

function trustOf({ ledger }: LedgerScene): LedgerTrust {
  return { publicKey: ledger.signer.publicKey, witnesses: [], quorum: 0 };
}

async function failures(scene: LedgerScene, earlier?: string): Promise<string[]> {
  const { checks } = await auditFolder(folderOf(scene), trustOf(scene), earlier);
  return checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
}

test("a published ledger is audited from its files alone, and continues what was published before", async () => {
  await using scene = await ledgerScene();
  const first = await grow(scene, 300);
  expect(await failures(scene)).toEqual([]);
  const second = await grow(scene, 212);
  await grow(scene, 1);

  for (const earlier of [undefined, first, second]) {
    expect(await failures(scene, earlier)).toEqual([]);
  }

  const names = await readdir(join(folderOf(scene), "tile", "0"));
  expect(names.toSorted()).toEqual(["000", "001", "001.p", "002.p"]);
  expect((await stat(join(folderOf(scene), "tile", "0", "001"))).size).toBe(8_192);
});

test("publishing again writes nothing that is there", async () => {
  await using scene = await ledgerScene();
  await grow(scene, 260);
  const tile = join(folderOf(scene), "tile", "0", "000");
  const before = (await stat(tile)).mtimeMs;

  const again = await publishTo(scene.ledger, folderOf(scene));

  expect(again).toMatchObject({ before: 260, size: 260 });
  expect((await stat(tile)).mtimeMs).toBe(before);
});

test("a folder of another ledger, or of another history, is not written over", async () => {
  await using scene = await ledgerScene();
  await using other = await ledgerScene();
  await grow(scene, 3);
  await other.note(5, "otherwise");
  await sequence(other.ledger);

  const refused = publishTo(other.ledger, folderOf(scene));

  await expect(refused).rejects.toMatchObject({ code: "ledger-forked" });
  expect(await failures(scene)).toEqual([]);
});

test("an altered, missing or added byte of the entries is found", async () => {
  await using scene = await ledgerScene();
  await grow(scene, 40);
  const bundle = join(folderOf(scene), "tile", "entries", "000.p", "40");
  const bytes = await readFile(bundle);
  for (const at of [0, 1, 2, 100, bytes.length - 1]) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    await writeFile(bundle, altered);
    expect(await failures(scene)).toEqual(["inclusion"]);
  }
  await writeFile(bundle, bytes);
  await appendFile(bundle, "x");
  expect(await failures(scene)).toEqual(["inclusion"]);
  await rm(bundle);
  expect(await failures(scene)).toEqual(["inclusion"]);
});

test("a folder that does not continue the checkpoint one has kept is found", async () => {
  await using scene = await ledgerScene();
  await using other = await ledgerScene();
  await grow(scene, 3);
  const ledger = { ...other.ledger, signer: scene.ledger.signer };
  await other.note(2, "otherwise");
  await sequence(ledger);

  const kept = (await publishHead(ledger)).checkpoint;

  expect(await failures(scene, kept)).toEqual(["continuation"]);
  expect(await failures(scene, "nothing")).toEqual(["continuation"]);
});
