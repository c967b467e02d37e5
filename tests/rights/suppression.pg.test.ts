import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { customers, orders } from "../support/catalogue.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { erase, openRights, recordOf, type RightsScene } from "./scene.ts";
import type { Dataset } from "../../src/modules/contracts/index.ts";
import { liftSuppression } from "../../src/modules/rights/index.ts";
import { withholding } from "../../src/modules/intake/suppression.ts";

let database: TestDatabase;
let scene: RightsScene;
let request = "";

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await openRights(database.db);
  const { customer } = await recordOf(scene.world, "AL-1815");
  request = (await erase(scene, customer)).prepared.request;
});

/**
 * Stages rows as an intake of a source, and withholds.
 * @returns the lines that are left, and what the intake counts as refused
 */
async function stage(
  source: string,
  dataset: Dataset,
  rows: readonly Readonly<Record<string, string>>[],
): Promise<{ readonly left: readonly bigint[]; readonly refused: bigint | undefined }> {
  const { world, deps } = scene;
  const at = deps.clock.now();
  const columns = [...new Set(["_key", ...rows.flatMap((row) => Object.keys(row))])];
  const names = [...new Set([...columns, "_subject", ...dataset.fields.map(({ name }) => name)])];
  await world.db.defining(world.scope, (tx) =>
    tx.run(
      `create table _staged (_line bigint, ${names.map((name) => `"${name}" text`).join(", ")})`,
    ),
  );
  const [intake] = await world.query<{ intake: bigint }>(
    `with source as (
       insert into _sources (name, dataset, precedence) values ($1, $2, 0)
           on conflict (name) do update set precedence = 0 returning source)
     insert into _intakes (dataset, source, state, origin, actor, started_at)
     select $2, source, 'receiving', 'again.csv', 'tester', now() from source returning intake`,
    [source, dataset.name],
  );
  const number = intake?.intake ?? 0n;
  for (const [place, row] of rows.entries()) {
    const own = Object.keys(row);
    await world.query(
      `insert into _staged (_line, ${own.map((name) => `"${name}"`).join(", ")})
       values (${[place + 1, ...own].map((_, at) => `$${at + 1}`).join(", ")})`,
      [place + 1, ...Object.values(row)],
    );
  }
  const withhold = withholding(() => Promise.resolve(deps.protection));
  await world.db.scoped(world.scope, (tx) =>
    withhold(tx, { dataset, intake: number, stage: "_staged", from: 1, to: rows.length, at }),
  );
  const left = await world.query<{ line: bigint }>("select _line as line from _staged order by 1");
  const [counted] = await world.query<{ refused: bigint }>(
    "select quarantined as refused from _intakes where intake = $1",
    [number],
  );
  return { left: left.map(({ line }) => line), refused: counted?.refused };
}

const AGAIN = { _key: "AL-1815", customer_no: "AL-1815", email: "ada@lovelace.example" };

describe("somebody who was erased", () => {
  test("does not come back with the next file of the source, and nothing of the row is kept", async () => {
    const bea = { _key: "B-1", customer_no: "B-1", email: "bea@example" };

    expect(await stage("billing", customers, [AGAIN, bea])).toEqual({ left: [2n], refused: 1n });
    const kept = await scene.world.query<{ original: Buffer; rule: string }>(
      `select original, issues -> 0 ->> 'rule' as rule from _quarantine
        where intake = (select max(intake) from _intakes)`,
    );
    expect(kept).toEqual([{ original: Buffer.alloc(0), rule: "erased" }]);
  });

  test("is known by an identifier in another source too, but not by another source's key", async () => {
    const elsewhere = { _key: "web-9", customer_no: "W-9", email: "ada@lovelace.example" };
    const namesake = { _key: "AL-1815", customer_no: "W-10", email: "other@example" };

    expect((await stage("web", customers, [elsewhere, namesake])).left).toEqual([2n]);
  });

  test("is not made again by an event that names them", async () => {
    const rows = [
      { _key: "o-1", _subject: "AL-1815" },
      { _key: "o-2", _subject: "B-1" },
    ];

    expect((await stage("shop", orders, rows)).left).toEqual([2n]);
  });

  test("comes back when the suppression is lifted", async () => {
    const { deps, client } = scene;
    const lift = () => liftSuppression(deps, { client, request, actor: "cli:tester" });
    expect(await lift()).toBe(3);

    expect((await stage("billing", customers, [AGAIN])).left).toEqual([1n]);
    await expect(lift()).rejects.toMatchObject({ code: "nothing-suppressed" });
  });
});
