import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveAll, resolveNew } from "../../src/modules/resolution/index.ts";
import { fixedModel, type Outcome, SmallWorld, type Statement } from "./small-world.ts";

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

const born = (key: string, first: string, last: string): Statement => ({
  source: "crm",
  key,
  values: { first_name: first, last_name: last, born_on: "1815-12-10" },
});

/** Two who are born on one day are in doubt, until their birthday's block is too large to be compared. */
const crowd = [
  born("1", "Ada", "Lovelace"),
  born("2", "Byron", "King"),
  born("3", "Otto", "Meyer"),
  born("4", "Hugo", "Weber"),
  born("5", "Paul", "Braun"),
  born("6", "Emil", "Frank"),
  born("7", "Karl", "Vogel"),
];

/** The same block becomes small enough again. */
const dispersal = [
  ...crowd,
  { ...born("7", "Karl", "Vogel"), values: { first_name: "Karl" } },
  { ...born("6", "Emil", "Frank"), values: { first_name: "Emil" } },
];

/** The first of two who say the same says something else: the second stands for itself. */
const succession = [
  born("1", "Ada", "Lovelace"),
  born("2", "Ada", "Lovelace"),
  born("3", "Adah", "Lovelace"),
  born("1", "Linus", "Torvalds"),
];

/** One that came before another begins to say the same, and stands for both. */
const precedence = [
  born("1", "Linus", "Torvalds"),
  born("2", "Ada", "Lovelace"),
  born("3", "Adah", "Lovelace"),
  born("1", "Ada", "Lovelace"),
];

/** What a stream comes to in one portion, in several, and after a full run over all of it. */
async function outcomesOf(
  all: readonly Statement[],
  at: readonly number[],
): Promise<Record<"whole" | "parts" | "full", Outcome>> {
  await using world = await worldOf([all]);
  await using parts = await worldOf(portionsOf(all, at));
  const whole = await world.outcome();
  await resolveAll(world.db, world.client, world.run);
  return { whole, parts: await parts.outcome(), full: await world.outcome() };
}

test.each([
  { what: "a block that grows too large", all: crowd, at: [2] },
  { what: "a block that becomes small enough", all: dispersal, at: [2, 7] },
  { what: "a record whose twin leaves", all: succession, at: [3] },
  { what: "a record that becomes its twin's representative", all: precedence, at: [3] },
])("$what ends the same in portions as in a full run", async ({ all, at }) => {
  const { whole, parts, full } = await outcomesOf(all, at);

  expect(parts).toEqual(whole);
  expect(full).toEqual(whole);
});

test("in whatever portions records come, customers and judgements end as after a full run", async () => {
  await fc.assert(
    fc.asyncProperty(stream, cuts, async (all, at) => {
      const { whole, parts, full } = await outcomesOf(all, at);

      expect(parts).toEqual(whole);
      expect(full).toEqual(whole);
    }),
    { numRuns: 3, endOnFailure: true },
  );
});
