import fc from "fast-check";
import { expect, test } from "vitest";
import type { Criteria, EvaluationRow } from "../../src/modules/criteria/index.ts";
import {
  evaluationQuery,
  flipAt,
  matchesQuery,
  nextFlipQuery,
} from "../../src/modules/criteria/index.ts";
import type { Transaction } from "../../src/platform/postgres/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import {
  createTables,
  criteriaOf,
  loadWorld,
  resolverOf,
  segmentsOf,
  SUBJECTS,
} from "./agreement.ts";
import { membersOf } from "./oracle.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import { worldArbitrary, worldCatalogue } from "./world.ts";

const CRITERIA = 30;
const WIDTH = 24;
/** Slots in no order, with gaps, on both sides of the ends of bytes and words. */
const SLOTS = [63, 64, 0, 7, 8, 191, 127, 128].concat(
  Array.from({ length: CRITERIA - 8 }, (_, index) => 15 + 2 * index),
);

function isIn(bits: Buffer, slot: number): boolean {
  return (((bits[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1;
}

async function readNextFlips(
  tx: Transaction,
  criteria: Criteria,
  options: Parameters<typeof nextFlipQuery>[1],
): Promise<ReadonlyMap<bigint, Date | null>> {
  const query = nextFlipQuery(criteria, options);
  const rows = await tx.rows<{ _id: bigint; next_flip: Date | null }>(query.sql, query.values);
  return new Map(rows.map((row) => [row._id, row.next_flip]));
}

test.each(SUBJECTS)(
  "an evaluation says what the single questions say: %s",
  async (subject, names) => {
    await using database = await testDatabase();
    const scope = await testScope(database.db);
    await createTables(database.db, scope, worldCatalogue("UTC"));

    const property = fc.asyncProperty(
      worldArbitrary(subject === "customers" ? 12 : 5),
      fc.array(conditionArbitrary(subject, names), { minLength: CRITERIA, maxLength: CRITERIA }),
      fc.boolean(),
      async (world, trees, few) => {
        await database.db.scoped(scope, async (tx) => {
          await tx.run("set local jit = off");
          await loadWorld(tx, world);
          const catalogue = worldCatalogue(world.timeZone);
          const criteria = criteriaOf(trees, catalogue, subject);
          const everybody = membersOf(world, subject).map(({ id }) => BigInt(id));
          const [asOf = new Date(0)] = world.clocks;
          const segments = resolverOf(segmentsOf(catalogue, subject));
          const options = { catalogue, asOf, segments, members: few ? everybody : undefined };
          const matches = matchesQuery(criteria, options);
          const expected = new Map(
            (await tx.rows<{ _id: bigint; matches: number[] }>(matches.sql, matches.values)).map(
              (row) => [row._id, row.matches],
            ),
          );
          const flips = await Promise.all(criteria.map((one) => readNextFlips(tx, one, options)));
          const slots = criteria.map((one, index) => ({ slot: SLOTS[index] ?? -1, criteria: one }));
          const query = evaluationQuery(slots, { ...options, width: WIDTH, flips: "each" });
          const rows = await tx.rows<EvaluationRow>(query.sql, query.values);

          expect(rows).toHaveLength(everybody.length);
          for (const { _id, bits, due, flips: each } of rows) {
            expect(bits).toHaveLength(WIDTH);
            const members = slots.flatMap(({ slot }, index) => (isIn(bits, slot) ? [index] : []));
            expect(members).toEqual(expected.get(_id));
            const own = flips.map((answers) => answers.get(_id) ?? undefined);
            const flipOf = (place: number) =>
              each === undefined ? undefined : flipAt(each, place);
            const told = new Map(query.flipping.map((slot, place) => [slot, flipOf(place)]));
            expect(slots.map(({ slot }) => told.get(slot))).toEqual(own);
            const ahead = own.filter((flip) => flip !== undefined).map(Number);
            expect(due?.getTime()).toBe(ahead.length === 0 ? undefined : Math.min(...ahead));
          }
        });
      },
    );
    const run = await fc.check(property, { numRuns: 8, endOnFailure: true });

    expect(run.failed ? `seed ${run.seed}: ${String(run.errorInstance)}` : "the same").toBe(
      "the same",
    );
  },
  120_000,
);
