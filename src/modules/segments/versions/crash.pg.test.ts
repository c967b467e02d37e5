import { expect, test } from "vitest";
import type { Database } from "../../../platform/postgres/index.ts";
import { testDatabase } from "../../../../tests/support/database.ts";
import { selectSwitchMoves } from "../../../../tests/segments/switch-moves.ts";
import { makeScene, people, type Scene } from "../../../../tests/segments/settled-scene.ts";
import { settleSegments } from "./settle.ts";

class Death extends Error {}

/** The database of a process that dies while it works on its nth transaction, which therefore rolls back. */
function dyingDatabase(db: Database, transactions: number): Database {
  let begun = 0;
  return {
    control: (work, options) => db.control(work, options),
    listen: (...listening) => db.listen(...listening),
    defining: (scope, work, options) => db.defining(scope, work, options),
    scoped: async (scope, work, options) => {
      begun += 1;
      if (begun > transactions) {
        throw new Death();
      }
      const isLast = begun === transactions;
      return await db.scoped(
        scope,
        async (tx) => {
          const result = await work(tx);
          if (isLast) {
            throw new Death();
          }
          return result;
        },
        options,
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function settleUntilDeath({ client, clock }: Scene, transactions: number): Promise<boolean> {
  const db = dyingDatabase(client.db, transactions);
  try {
    await settleSegments({ ...client, db }, { clock, actor: "test" });
    return false;
  } catch (error) {
    if (error instanceof Death) {
      return true;
    }
    throw error;
  }
}

const EDITS = ["customer.visits <= 2", "customer.visits >= 2 && customer.visits <= 3"] as const;

test("a settlement that dies anywhere is finished by the next one", async () => {
  await using database = await testDatabase({ poolSize: 6 });
  const scene = await makeScene(database.db, people(12));
  await scene.define("some", EDITS[0]);
  await scene.define("rest", '!in_segment("some")');
  await scene.define("towns", 'customer.city == "Berlin"');
  await scene.settle();
  let deaths = 0;

  for (let isDying = true; isDying; deaths += 1) {
    const isEven = deaths % 2 === 0;
    const before = await scene.stored();
    await scene.define("some", isEven ? EDITS[1] : EDITS[0]);
    await scene.define("now-and-then", isEven ? "customer.vip" : null);
    isDying = await settleUntilDeath(scene, deaths + 1);
    await scene.change(3, { city: isEven ? "Berlin" : "Bremen" });
    await scene.settle();
    await scene.follow();

    const after = await scene.stored();
    expect(after).toEqual(await scene.evaluated());
    expect(await selectSwitchMoves(scene.client, "some", deaths + 2)).toEqual({
      entered: without(after["some"], before["some"]),
      left: without(before["some"], after["some"]),
    });
    const archived = await selectSwitchMoves(scene.client, "now-and-then", deaths + 1);
    expect(archived.left).toEqual(before["now-and-then"] ?? []);
    expect(await usedSlots(scene)).toBe(Object.keys(after).length);
  }

  expect(deaths).toBeGreaterThan(10);
}, 60_000);

function without(all: readonly number[] = [], others: readonly number[] = []): readonly number[] {
  return all.filter((one) => !others.includes(one));
}

async function usedSlots({ client }: Scene): Promise<number> {
  const { count } = await client.db.scoped(client.scope, (tx) =>
    tx.row<{ count: number }>(
      "select count(*)::int as count from _segment_versions where slot is not null",
    ),
  );
  return count;
}
