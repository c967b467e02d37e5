import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveAll, resolveNew } from "../../src/modules/resolution/index.ts";
import { fixedModel, SmallWorld, type Statement } from "./small-world.ts";

const maybe = (...values: readonly string[]): fc.Arbitrary<string | null> =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, fc.constant(null));

/** Few values each, so that people resemble each other, share numbers, are equal, and fill blocks. */
const statement: fc.Arbitrary<Statement> = fc.record({
  source: fc.constantFrom("billing", "crm"),
  key: fc.constantFrom("1", "2", "3", "4", "5", "6", "7", "8"),
  values: fc.record({
    loyalty_no: fc.oneof(
      { weight: 6, arbitrary: fc.constant(null) },
      fc.constantFrom("L1", "L2", "L3"),
    ),
    first_name: maybe("Ada", "Adah", "Grace", "Linus"),
    last_name: maybe("Lovelace", "Lovelaze", "Hopper", "Torvalds"),
    born_on: maybe("1815-12-10", "1815-10-12", "1906-12-09"),
    email: maybe("ada@lovelace.org", "grace@navy.mil", "l@kernel.org"),
    city: maybe("London", "New York"),
    notes: maybe("a", "b"),
  }),
});

const stream = fc.array(statement, { minLength: 2, maxLength: 26 });
const cuts = fc.array(fc.nat(25), { maxLength: 4 });

async function worldOf(portions: readonly (readonly Statement[])[]): Promise<SmallWorld> {
  const world = await SmallWorld.open();
  await world.useModel(fixedModel());
  for (const portion of portions) {
    await world.import(portion);
    await resolveNew(world.db, world.client, world.run);
  }
  return world;
}

function portionsOf(all: readonly Statement[], at: readonly number[]): Statement[][] {
  const ends = [...new Set([...at.map((cut) => cut % all.length), all.length])].toSorted(
    (a, b) => a - b,
  );
  return ends.map((end, index) => all.slice(index === 0 ? 0 : ends[index - 1], end));
}

test("in whatever portions records come, customers and judgements end as after a full run", async () => {
  await fc.assert(
    fc.asyncProperty(stream, cuts, async (all, at) => {
      await using whole = await worldOf([all]);
      await using parts = await worldOf(portionsOf(all, at));
      const outcome = await whole.outcome();

      expect(await parts.outcome()).toEqual(outcome);

      await resolveAll(whole.db, whole.client, whole.run);

      expect(await whole.outcome()).toEqual(outcome);
    }),
    { numRuns: Number(process.env["RUNS"] ?? 3), endOnFailure: true },
  );
});
