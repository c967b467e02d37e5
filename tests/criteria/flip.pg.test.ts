import fc from "fast-check";
import { expect, test } from "vitest";
import type { Criteria } from "../../src/modules/criteria/index.ts";
import { nextFlipQuery } from "../../src/modules/criteria/index.ts";
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
import { belongs, membersOf } from "./oracle.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import type { Member } from "./oracle.ts";
import type { World } from "./world.ts";
import { INSTANTS, SPANS_MS, worldArbitrary, worldCatalogue } from "./world.ts";

const HORIZON = Date.parse("2033-01-01T00:00:00Z");

/**
 * Clocks at which an answer of this world can change: its instants and their neighbours, shifted by
 * every span, and the midnights around the year.
 */
const CLOCKS: readonly number[] = [
  ...new Set(
    INSTANTS.flatMap((instant) =>
      [0, ...SPANS_MS].flatMap((span) =>
        [0, ...SPANS_MS].flatMap((other) =>
          [span + other, span - other].flatMap((shift) =>
            [-1, 0, 1].map((beside) => Date.parse(instant) + shift + beside),
          ),
        ),
      ),
    ),
  ),
].toSorted((a, b) => a - b);

async function flipsOf(
  tx: Transaction,
  world: World,
  asked: {
    readonly criteria: Criteria;
    readonly asOf: Date;
    readonly segments: ReadonlyMap<string, Criteria>;
  },
): Promise<ReadonlyMap<number, Date | null>> {
  const catalogue = worldCatalogue(world.timeZone);
  const { asOf } = asked;
  const segments = resolverOf(asked.segments);
  const query = nextFlipQuery(asked.criteria, { catalogue, asOf, segments });
  const rows = await tx.rows<{ _id: bigint; next_flip: Date | null }>(query.sql, query.values);
  return new Map(rows.map((row) => [Number(row._id), row.next_flip]));
}

test.each(SUBJECTS)(
  "between the as-of instant and the next flip the answer does not change: %s",
  async (subject, names) => {
    await using database = await testDatabase();
    const scope = await testScope(database.db);
    await createTables(database.db, scope, worldCatalogue("UTC"));
    let checks = 0;

    const property = fc.asyncProperty(
      worldArbitrary(subject === "customers" ? 10 : 4),
      fc.array(conditionArbitrary(subject, names), { minLength: 12, maxLength: 12 }),
      async (world, trees) => {
        const [asOf = new Date(0)] = world.clocks;
        await database.db.scoped(scope, async (tx) => {
          await tx.run("set local jit = off");
          await loadWorld(tx, world);
          const catalogue = worldCatalogue(world.timeZone);
          const later = CLOCKS.filter((clock) => clock > asOf.getTime());
          const segments = segmentsOf(catalogue, subject);
          for (const criteria of criteriaOf(trees, catalogue, subject)) {
            const { root } = criteria;
            const flips = await flipsOf(tx, world, { criteria, asOf, segments });
            const answerAt = (member: Member, instant: Date): boolean =>
              belongs(root, member, { world, catalogue, asOf: instant, segments });
            for (const member of membersOf(world, subject)) {
              const flip = flips.get(member.id)?.getTime() ?? HORIZON;
              const answer = answerAt(member, asOf);
              const before = [...later.filter((clock) => clock < flip).slice(0, 60), flip - 1];
              const changed = before.find((clock) => answerAt(member, new Date(clock)) !== answer);
              checks += before.length;
              const at = changed === undefined ? undefined : new Date(changed).toISOString();
              const facts = { root, member, asOf, zone: world.timeZone, flip: new Date(flip) };
              expect(flip).toBeGreaterThan(asOf.getTime());
              expect(at, at && JSON.stringify(facts)).toBeUndefined();
            }
          }
        });
      },
    );
    const run = await fc.check(property, { numRuns: 20, endOnFailure: true });

    expect(run.failed ? `seed ${run.seed}: ${String(run.errorInstance)}` : "kept").toBe("kept");
    expect(checks).toBeGreaterThan(10_000);
  },
  120_000,
);
