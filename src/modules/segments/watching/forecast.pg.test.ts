import fc from "fast-check";
import { expect, test } from "vitest";
import { InvalidInputError } from "../../../kernel/index.ts";
import { testDatabase } from "../../../../tests/support/database.ts";
import type { CustomerData } from "../../../../tests/criteria/world.ts";
import { makeScene, person, START } from "../../../../tests/segments/settled-scene.ts";
import { forecast, type ExpectedMove } from "./forecast.ts";

const inHours = (hours: number): Date => new Date(START.getTime() + hours * 3_600_000);

function buyer(id: number, at: readonly string[]): CustomerData {
  const orders = at.map((instant, index) => ({ id: id * 10 + index, at: instant, fields: {} }));
  return { ...person(id), orders };
}

function expected(moves: readonly ExpectedMove[]): (readonly [number, string])[] {
  return moves.map(({ member, at }) => [Number(member), at.toISOString()]);
}

test("who bought thirty days ago leaves at the instant, and who has a birthday enters at midnight", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, [
    buyer(1, ["2026-01-30T13:00:00.000Z"]),
    buyer(2, ["2026-01-30T12:30:00.000Z", "2026-02-20T10:00:00.000Z"]),
    buyer(3, ["2026-02-25T10:00:00.000Z"]),
    person(4, { birth_date: "2008-03-02" }),
    person(5, { birth_date: "2008-03-20" }),
  ]);
  await scene.define("recent", 'orders.within("30d").any()');
  await scene.define("grown-up", "age(customer.birth_date) >= 18");
  await scene.settle();

  const question = { now: START, to: inHours(24), sample: 10 };
  const recent = await forecast(scene.client, { ...question, segment: "recent" });
  const grownUp = await forecast(scene.client, { ...question, segment: "grown-up" });

  expect(recent.members).toEqual({ now: 3, then: 2 });
  expect(recent.entering.count).toBe(0);
  expect(expected(recent.leaving.first)).toEqual([[1, "2026-03-01T13:00:00.000Z"]]);
  expect(expected(grownUp.entering.first)).toEqual([[4, "2026-03-01T23:00:00.000Z"]]);
  expect(grownUp.leaving.count).toBe(0);
});

test("what is forecast is what comes, whatever the histories and the horizon", async () => {
  const hours = fc.integer({ min: 1, max: 60 * 24 });
  const histories = fc.array(fc.array(hours, { maxLength: 4 }), { minLength: 1, maxLength: 12 });
  await using database = await testDatabase();
  let run = 0;

  const property = fc.asyncProperty(histories, hours, async (lives, horizon) => {
    run += 1;
    const everybody = lives.map((ago, index) =>
      buyer(
        index + 1,
        ago.map((each) => inHours(-each).toISOString()),
      ),
    );
    const scene = await makeScene(database.db, everybody, `client-${run}`);
    await scene.define("fading", 'orders.within("30d").count() >= 2 && orders.within("7d").none()');
    await scene.settle();
    const before = (await scene.stored())["fading"] ?? [];

    const question = { segment: "fading", now: START, to: inHours(horizon), sample: 100 };
    const { entering, leaving, members } = await forecast(scene.client, question);
    scene.clock.set(inHours(horizon));
    await scene.follow();
    const after = (await scene.stored())["fading"] ?? [];

    const ids = (moves: readonly ExpectedMove[]) =>
      moves.map(({ member }) => Number(member)).toSorted((one, other) => one - other);
    expect(members).toEqual({ now: before.length, then: after.length });
    expect(ids(entering.first)).toEqual(after.filter((id) => !before.includes(id)));
    expect(ids(leaving.first)).toEqual(before.filter((id) => !after.includes(id)));
  });

  await fc.assert(property, { numRuns: 12 });
});

test("a forecast does not look back", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, []);
  const question = { segment: "recent", now: START, to: START, sample: 1 };

  await expect(forecast(scene.client, question)).rejects.toThrow(InvalidInputError);
});
