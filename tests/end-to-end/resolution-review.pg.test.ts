/** A reviewer at the queue, on a database: what her keys do, and what she is shown. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { deskOf } from "../../src/entry/cli/commands/resolve-review.ts";
import { review, type ReviewTally } from "../../src/entry/cli/review-loop.ts";
import { linkImported } from "../../src/entry/linking.ts";
import { memoryProtection } from "../../src/modules/protection/testing/memory-protection.ts";
import { explainPair, reviewQueue } from "../../src/modules/resolution/index.ts";
import { PERMIT_ALL, putInForce, withCategories } from "../support/policies.ts";
import { fixedModel, people, SmallWorld, type Statement } from "../resolution/small-world.ts";

const says = (source: string, key: string, values: Statement["values"]): Statement => ({
  source,
  key,
  values,
});

/** Two people, or one who was married: they read one mailbox, and nothing else is known of both. */
function mailbox(number: number, [one, other]: readonly [string, string]): Statement[] {
  const email = `family${number}@lovelace.org`;
  const named = (name: string): Statement["values"] => {
    const [first_name = "", last_name = ""] = name.split(" ");
    return { first_name, last_name, email };
  };
  return [
    says("billing", `${number}`, { ...named(one), born_on: "1815-12-10", city: "London" }),
    says("crm", `${number}a`, named(other)),
  ];
}

const doubtful = mailbox(1, ["Ada Lovelace", "Grace Hopper"]);
const twiceDoubtful = [...doubtful, ...mailbox(2, ["Alan Turing", "Linus Torvalds"])];

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
  const dataDir = await mkdtemp(path.join(tmpdir(), "waybill-review-"));
  await putInForce(small.db, small.client.scope, { policies: PERMIT_ALL });
  const { db, clock } = small;
  const protection = memoryProtection(small.client.key);
  const protect = () => Promise.resolve(protection);
  const client = { ...small.client, catalogue: withCategories(small.client.catalogue) };
  const desk = deskOf({ db, clock, dataDir, protect, actor: "cli:ada" }, client, {
    by: "ada",
    output: { note: (text) => void said.push(text) },
  });
  const tally = await review(desk, Readable.from([...keys]));
  await rm(dataDir, { recursive: true });
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
  expect(said).toMatch(/last_name\s+Lovelace\s+Hopper/);
  expect(said).toMatch(/email\s+family1@lovelace\.org\s+=\s+family1@lovelace\.org/);
  expect(said).toContain("The probability that the two are the same is");
});

test("one key is one answer, which holds at once and is not asked again", async () => {
  await using small = await world();
  const before = await open(small);

  const same = await press(small, "s");
  const golden = await small.golden();

  expect(before).toBe(1);
  expect(same).toMatchObject({ judged: 1, skipped: 0, done: true });
  expect(golden.get("billing:1")).toBe(golden.get("crm:1a"));
  expect(await open(small)).toBe(0);
});

test("of a weak link inside a customer it is said what hangs on it, and one key parts the customer", async () => {
  const ada = { first_name: "Ada", last_name: "Lovelace", born_on: "1815-12-10", city: "London" };
  const email = "ada@lovelace.org";
  await using small = await world([
    says("billing", "1", { ...ada, email }),
    says("crm", "1a", { ...ada, last_name: "Lovelaze", email }),
    says("crm", "2", { first_name: "Ada", last_name: "Hopper", email }),
  ]);

  const { said, judged } = await press(small, "d");

  const { groups } = await small.outcome();
  expect(said).toContain("If they are different, it becomes two: 2 records and 1 record.");
  expect(judged).toBe(1);
  expect(groups).toEqual(["billing:1 crm:1a", "crm:2"]);
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
  await using small = await world(twiceDoubtful);
  const before = await open(small);

  const skipped = await press(small, "kzkq");

  expect(before).toBeGreaterThan(1);
  expect(skipped.judged).toBe(0);
  expect(skipped.skipped).toBe(1);
  expect(skipped.said).toContain("taken back");
  expect(await open(small)).toBe(before);
});

test("an answer that was taken back leaves no judgement standing, and the log has both", async () => {
  await using small = await world(twiceDoubtful);
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
