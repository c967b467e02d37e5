/**
 * Sequencers that are killed, two at once, and connections that are cut at any moment, between a commit and
 * its reply as well: the ledger that comes out is whole, and every checkpoint that was published still holds.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { must } from "../../src/kernel/index.ts";
import {
  leafHash,
  parseCheckpoint,
  publishHead,
  recordInLedger,
  rootOf,
  selectEntries,
  sequence,
  signingKey,
} from "../../src/modules/ledger/index.ts";
import { openKeyFile } from "../../src/platform/crypto/index.ts";
import { ledgerScene, noted } from "./scene.ts";

const PROGRAM = join(import.meta.dirname, "sequencer-process.ts");
const WRITERS = 3;
const NOTES = 60;
const ENTRIES_A_NOTE = 25;
const KILLS = 4;
const CUTS = 8;

test("two sequencers at once, killed and cut off at any moment, make one whole ledger", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await ledgerScene());
  const { db, scope, dataDir } = scene.ledger;
  const keyFile = join(dataDir, "keys", "signing.pem");
  const ledger = { ...scene.ledger, signer: signingKey(await openKeyFile(keyFile)) };
  const children = [await start(), await start()];
  stack.defer(() => Promise.all(children.map(kill)).then(() => undefined));

  await Promise.all([
    ...Array.from({ length: WRITERS }, (_, writer) => noteMuch(writer)),
    killAndStart(),
    cutConnections(),
  ]);
  await Promise.all(children.map(kill));
  await sequence(ledger);

  const head = await publishHead(ledger);
  const entries = await db.scoped(scope, (tx) => selectEntries(tx, { limit: 10_000 }));
  const texts = entries.toReversed().map(({ entry }) => entry);
  const leaves = texts.map((entry) => leafHash(Buffer.from(entry)));
  expect(texts).toHaveLength(WRITERS * NOTES * ENTRIES_A_NOTE);
  expect(new Set(texts).size).toBe(texts.length);
  expect(head.size).toBe(leaves.length);
  expect(head.root).toEqual(rootOf(leaves, { start: 0, end: leaves.length }));
  const published = await readFile(join(dataDir, "ledger", "acme", "checkpoints"), "utf8");
  const lines = published.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const checkpoint = must(parseCheckpoint(JSON.parse(line)), "what was published is whole");
    expect(checkpoint.root).toEqual(rootOf(leaves, { start: 0, end: checkpoint.size }));
  }

  async function start(): Promise<ChildProcess> {
    const args = [PROGRAM, scene.url, dataDir, keyFile];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    await once(must(child.stdout ?? undefined, "its output is a pipe"), "data");
    return child;
  }

  async function noteMuch(writer: number): Promise<void> {
    for (let note = 0; note < NOTES; note += 1) {
      const entries = Array.from({ length: ENTRIES_A_NOTE }, (_, at) =>
        noted(`writer ${writer} note ${note} entry ${at}`),
      );
      await db.scoped(scope, (tx) => recordInLedger(tx, entries));
      await setTimeout(10);
    }
  }

  async function killAndStart(): Promise<void> {
    for (let round = 0; round < KILLS; round += 1) {
      await setTimeout(60 + round * 45);
      await kill(must(children[round % 2], "there are two"));
      children[round % 2] = await start();
    }
  }

  async function cutConnections(): Promise<void> {
    for (let cut = 0; cut < CUTS; cut += 1) {
      await setTimeout(90 + cut * 17);
      await db.control((tx) =>
        tx.run(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'sequencer' and datname = current_database()`,
        ),
      );
    }
  }
}, 60_000);

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}
