import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { testDatabase, testScope } from "../../../../tests/support/database.ts";
import type { Database, Scope } from "../../../platform/postgres/index.ts";
import { flushChanges, openChangeBuffer, readChanges } from "./change-log.ts";

const origin = { at: new Date("2026-01-01T00:00:00Z"), intake: null, actor: "test" };

/** One transaction: collects `entries` changes, dawdles, takes numbers, dawdles, commits. */
async function write(
  db: Database,
  scope: Scope,
  { entries, beforeMs, afterMs }: { entries: number; beforeMs: number; afterMs: number },
): Promise<void> {
  await db.scoped(scope, async (tx) => {
    await openChangeBuffer(tx);
    await tx.run(
      `insert into _change_buffer (kind, dataset, row_id, customer)
       select 'customer-changed', 'customers', n, n from generate_series(1, $1::int) n`,
      [entries],
    );
    await sleep(beforeMs);
    await flushChanges(tx, origin);
    await sleep(afterMs);
  });
}

test("a reader that keeps a cursor sees every change of concurrent writers exactly once, in order", async () => {
  await using database = await testDatabase({ poolSize: 10 });
  const { db } = database;
  const scope = await testScope(db);
  let writing = true;
  const seen: bigint[] = [];
  const readOn = async (): Promise<void> => {
    const found = await db.scoped(scope, (tx) => readChanges(tx, seen.at(-1) ?? 0n, 50));
    seen.push(...found.map((change) => change.change));
  };
  const reader = (async () => {
    while (writing) {
      await readOn();
    }
  })();

  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; n < 12; n++) {
      const dawdle = (writer * 7 + n * 13) % 9;
      await write(db, scope, {
        entries: 1 + ((writer + n) % 5),
        beforeMs: dawdle,
        afterMs: 8 - dawdle,
      });
    }
  });
  await Promise.all(writers);
  writing = false;
  await reader;
  for (let before = -1; before < seen.length;) {
    before = seen.length;
    await readOn();
  }

  const total = await db.scoped(scope, (tx) =>
    tx.row<{ n: bigint }>("select count(*) as n from _changes"),
  );
  expect(seen).toEqual(Array.from({ length: Number(total.n) }, (_, index) => BigInt(index + 1)));
  expect(seen.length).toBeGreaterThan(200);
});

test("a transaction that rolls back leaves no gap", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const scope = await testScope(db);
  await write(db, scope, { entries: 2, beforeMs: 0, afterMs: 0 });
  const broken = db.scoped(scope, async (tx) => {
    await openChangeBuffer(tx);
    await tx.run(
      "insert into _change_buffer (kind, dataset, row_id) values ('customer-created', 'customers', 1)",
    );
    await flushChanges(tx, origin);
    throw new Error("after the numbers were given");
  });
  await expect(broken).rejects.toThrow("after the numbers were given");
  await write(db, scope, { entries: 1, beforeMs: 0, afterMs: 0 });

  const changes = await db.scoped(scope, (tx) => readChanges(tx, 0n, 10));

  expect(changes.map((change) => change.change)).toEqual([1n, 2n, 3n]);
});
