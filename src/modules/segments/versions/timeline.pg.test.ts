import fc from "fast-check";
import { expect, test } from "vitest";
import { makeScene, people, type Scene } from "../../../../tests/segments/settled-scene.ts";
import { testDatabase } from "../../../../tests/support/database.ts";
import { membersAt } from "../analysis/past.ts";
import { pinMember } from "./pins.ts";
import { plainSubjects } from "../../../../tests/ledger/plain-subjects.ts";

const CRITERIA = [
  'customer.city == "Berlin"',
  'customer.city != "Berlin" && customer.visits > 2',
  "customer.visits > 4 || customer.vip",
  'customer.since > now() - duration("90m")',
  '!in_segment("inner")',
  'in_segment("inner") && customer.visits > 1',
];

type Step =
  | { readonly kind: "change"; readonly id: number; readonly city: string; readonly visits: number }
  | { readonly kind: "seen"; readonly id: number }
  | { readonly kind: "edit"; readonly inner: boolean; readonly criteria: number }
  | { readonly kind: "remove" }
  | { readonly kind: "pin"; readonly id: number; readonly inward: boolean }
  | { readonly kind: "wait"; readonly minutes: number };

const id = fc.integer({ min: 1, max: 14 });
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({
    kind: fc.constant("change"),
    id,
    city: fc.constantFrom("Berlin", "Bonn"),
    visits: fc.nat({ max: 6 }),
  }),
  fc.record({ kind: fc.constant("seen"), id }),
  fc.record({
    kind: fc.constant("edit"),
    inner: fc.boolean(),
    criteria: fc.nat({ max: CRITERIA.length - 1 }),
  }),
  fc.record({ kind: fc.constant("remove") }),
  fc.record({
    kind: fc.constant("pin"),
    id: fc.integer({ min: 1, max: 12 }),
    inward: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("wait"), minutes: fc.integer({ min: 1, max: 100 }) }),
);

async function take(scene: Scene, now: Step): Promise<void> {
  const at = scene.clock.now();
  switch (now.kind) {
    case "change":
      return await scene.change(now.id, { city: now.city, visits: String(now.visits) });
    case "seen":
      return await scene.change(now.id, { since: at.toISOString() });
    case "edit": {
      // Only the outer one names the inner one, so that they never stand in a circle.
      const criteria = CRITERIA[now.inner ? now.criteria % 4 : now.criteria] ?? "true";
      return await scene.define(now.inner ? "inner" : "outer", criteria);
    }
    case "remove":
      return await scene.define("outer", null);
    case "pin": {
      const direction = now.inward ? "in" : "out";
      const pin = {
        segment: "inner",
        member: BigInt(now.id),
        direction,
        who: "ann",
        at,
        subjects: plainSubjects,
      } as const;
      await pinMember(scene.client, pin);
      return;
    }
    default:
      scene.clock.set(new Date(at.getTime() + now.minutes * 60_000));
  }
}

test("whatever is edited while customers change and time passes, what is stored is what is evaluated, now and for every instant before", async () => {
  await using database = await testDatabase({ poolSize: 8 });
  let run = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, step), { minLength: 5, maxLength: 9 }),
      async (steps) => {
        run += 1;
        const scene = await makeScene(database.db, people(12), `client-${run}`);
        await scene.define("inner", CRITERIA[0] ?? "");
        await scene.settle();
        const seen: { at: Date; stored: Record<string, number[]> }[] = [];
        for (const [first, meanwhile] of steps) {
          await take(scene, first);
          await Promise.all([scene.settle(), scene.follow(), take(scene, meanwhile)]);
          await scene.settle();
          await scene.follow();
          const stored = await scene.stored();
          expect(stored).toEqual(await scene.evaluated());
          seen.push({ at: scene.clock.now(), stored });
          scene.clock.set(new Date(scene.clock.now().getTime() + 1_000));
        }

        for (const { at, stored } of seen) {
          expect(await pastMembers(scene, Object.keys(stored), at)).toEqual(stored);
        }
      },
    ),
    { numRuns: 5, endOnFailure: true },
  );
}, 120_000);

async function pastMembers(
  { client }: Scene,
  names: readonly string[],
  at: Date,
): Promise<Record<string, number[]>> {
  return await client.db.scoped(client.scope, async (tx) => {
    const past: Record<string, number[]> = {};
    for (const segment of names) {
      const { members } = await membersAt(tx, { segment, at, limit: 100 });
      past[segment] = members.map(Number);
    }
    return past;
  });
}
