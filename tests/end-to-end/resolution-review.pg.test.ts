/** A reviewer at the queue, on a database: what her keys do, and what she is shown. */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { deskOf } from "../../src/entry/cli/commands/resolve-review.ts";
import { review, type ReviewTally } from "../../src/entry/cli/review-loop.ts";
import { linkImported } from "../../src/entry/linking.ts";
import { explainPair, reviewQueue } from "../../src/modules/resolution/index.ts";
import { fixedModel, people, SmallWorld, type Statement } from "../resolution/small-world.ts";

const says = (source: string, key: string, values: Statement["values"]): Statement => ({
  source,
  key,
  values,
});

const ada = {
  first_name: "Ada",
  last_name: "Lovelace",
  born_on: "1815-12-10",
  email: "ada@lovelace.org",
  city: "London",
};

/** Somebody who could be Ada, married, with day and month of birth changed about. */
const doubtful = [
  says("billing", "1", ada),
  says("crm", "3", {
    first_name: "Ada",
    last_name: "King",
    born_on: "1815-10-12",
    email: "ada@lovelace.org",
  }),
];

async function world(statements: readonly Statement[] = doubtful): Promise<SmallWorld> {
  const small = await SmallWorld.open();
  await small.useModel(fixedModel());
  await small.import(statements);
  await linkImported(
    { db: small.db, clock: small.clock },
    { client: small.client, dataset: people.name, ...request },
  );
  return small;
}

const request = { actor: "tester", signal: new AbortController().signal };

interface Reviewed extends ReviewTally {
  /** Everything that was shown and said. */
  readonly said: string;
}

async function press(small: SmallWorld, keys: string): Promise<Reviewed> {
  const said: string[] = [];
  const desk = deskOf({ db: small.db, clock: small.clock, actor: "ada" }, small.client, {
    output: { note: (text) => void said.push(text) },
  });
  const tally = await review(desk, Readable.from([...keys]));
  return { ...tally, said: said.join("\n") };
}

async function open(small: SmallWorld): Promise<number> {
  const queue = await small.db.scoped(small.client.scope, (tx) => reviewQueue(tx, small.client), {
    readOnly: true,
  });
  return queue.length;
}

test("both records are shown beside each other, with what is equal and what the model makes of it", async () => {
  await using small = await world();

  const { said, judged } = await press(small, "q");

  expect(judged).toBe(0);
  expect(said).toMatch(/last_name\s+Lovelace\s+King/);
  expect(said).toMatch(/email\s+ada@lovelace\.org\s+=\s+ada@lovelace\.org/);
  expect(said).toContain("The probability that the two are the same is");
});

test("one key is one answer, which holds at once and is not asked again", async () => {
  await using small = await world();
  const before = await open(small);

  const same = await press(small, "s");
  const golden = await small.golden();

  expect(before).toBe(1);
  expect(same).toMatchObject({ judged: 1, skipped: 0, done: true });
  expect(golden.get("billing:1")).toBe(golden.get("crm:3"));
  expect(await open(small)).toBe(0);
});

test("the last answer can be taken back too, and its question is open again", async () => {
  await using small = await world();
  const before = await small.golden();

  const { said, ...tally } = await press(small, "szq");

  expect(tally).toEqual({ judged: 0, skipped: 0, done: false });
  expect(said).toContain("nothing else is open");
  expect(await open(small)).toBe(1);
  expect(await small.golden()).toEqual(before);
});

test("what is skipped is not judged, and comes back when it is taken back", async () => {
  await using small = await world([
    ...doubtful,
    says("crm", "4", {
      first_name: "Ada",
      last_name: "Byron",
      born_on: "1815-12-01",
      email: "ada@lovelace.org",
    }),
  ]);
  const before = await open(small);

  const skipped = await press(small, "kzkq");

  expect(before).toBeGreaterThan(1);
  expect(skipped.judged).toBe(0);
  expect(skipped.skipped).toBe(1);
  expect(skipped.said).toContain("taken back");
  expect(await open(small)).toBe(before);
});

test("an answer that was taken back leaves no judgement standing, and the log has both", async () => {
  await using small = await world([
    ...doubtful,
    says("crm", "4", {
      first_name: "Ada",
      last_name: "Byron",
      born_on: "1815-12-01",
      email: "ada@lovelace.org",
    }),
  ]);
  const before = await small.golden();
  const [first] = await small.db.scoped(small.client.scope, (tx) => reviewQueue(tx, small.client), {
    readOnly: true,
  });
  const pair = { left: first?.left ?? 0n, right: first?.right ?? 0n };

  const { judged } = await press(small, "uzq");
  const { log, state } = await small.db.scoped(
    small.client.scope,
    (tx) => explainPair(tx, small.client, pair),
    { readOnly: true },
  );

  expect(judged).toBe(0);
  expect(state?.standing.map(({ judge }) => judge)).toEqual(["model"]);
  expect(log.filter(({ who }) => who === "ada").map(({ verdict }) => verdict)).toEqual([
    null,
    "unsure",
  ]);
  expect(await small.golden()).toEqual(before);
});
