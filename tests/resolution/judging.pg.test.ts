import { describe, expect, test } from "vitest";
import {
  explainApart,
  explainCustomer,
  explainPair,
  judge,
  matchRecord,
  mergeCustomers,
  nextQuestion,
  openMatcher,
  resolveAll,
  resolveNew,
  reviewQueue,
  reviewReport,
  undoAct,
  undoJudgement,
  unmerge,
} from "../../src/modules/resolution/index.ts";
import type { Transaction } from "../../src/platform/postgres/index.ts";
import { fixedModel, SmallWorld, type Statement } from "./small-world.ts";
import { plainSubjects } from "../ledger/plain-subjects.ts";

const ada = {
  first_name: "Ada",
  last_name: "Lovelace",
  born_on: "1815-12-10",
  email: "ada@lovelace.org",
  city: "London",
};
const grace = {
  first_name: "Grace",
  last_name: "Hopper",
  born_on: "1906-12-09",
  email: "grace@navy.mil",
  city: "New York",
};

const says = (source: string, key: string, values: Statement["values"]): Statement => ({
  source,
  key,
  values,
});

/** Ada three times, misspelt and with gaps; Grace once. */
const household = [
  says("billing", "1", ada),
  says("crm", "1a", { ...ada, last_name: "Lovelaze", email: null }),
  says("crm", "1b", { ...ada, first_name: "Adah", city: null }),
  says("billing", "2", grace),
];

async function resolved(statements: readonly Statement[] = household): Promise<SmallWorld> {
  const world = await SmallWorld.open();
  await world.useModel(fixedModel());
  await world.import(statements);
  await resolveNew(world.db, world.client, world.run);
  return world;
}

const read = <T>(world: SmallWorld, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  world.db.scoped(world.client.scope, work, { readOnly: true });

describe("what persons say", () => {
  test("a record that is parted from its customer stays apart in every later run, and comes back when it is undone", async () => {
    await using world = await resolved();
    const before = await world.golden();
    const record = await world.record("crm:1b");
    const rest = await world.record("billing:1");
    const act = {
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      reason: "mother and daughter",
    };

    await unmerge(world.db, world.client, {
      ...act,
      customer: before.get("billing:1") ?? 0n,
      records: [record],
    });
    const parted = await world.golden();
    await world.import([says("crm", "1c", ada)]);
    await resolveNew(world.db, world.client, world.run);
    await resolveAll(world.db, world.client, world.run);
    const later = await world.golden();
    await undoAct(world.db, world.client, { ...act, of: { left: record, right: rest } });
    const undone = await world.golden();

    expect(parted.get("crm:1a")).toBe(before.get("billing:1"));
    expect(parted.get("crm:1b")).not.toBe(parted.get("billing:1"));
    expect(later.get("crm:1b")).not.toBe(later.get("billing:1"));
    expect(undone.get("crm:1b")).toBe(undone.get("billing:1"));
    expect(undone.get("billing:1")).toBe(before.get("billing:1"));
  });

  test("customers that are merged and parted again are what they were, ids and all", async () => {
    await using world = await resolved();
    const before = await world.golden();
    const act = { by: "ada", clock: world.clock, subjects: plainSubjects };
    const golden = (): Promise<unknown> =>
      world.world.query(
        "select _id, _created_at, first_name, last_name, email from customers order by _id",
      );
    const rows = await golden();
    const pair = { left: await world.record("billing:1"), right: await world.record("billing:2") };

    await mergeCustomers(world.db, world.client, {
      ...act,
      customers: [before.get("billing:1") ?? 0n, before.get("billing:2") ?? 0n],
    });
    const merged = await world.golden();
    await undoAct(world.db, world.client, { ...act, of: pair });

    expect(new Set(merged.values()).size).toBe(1);
    expect(await world.golden()).toEqual(before);
    expect(await golden()).toEqual(rows);
  });

  test("are in the ledger with what became of it, of each customer concerned", async () => {
    await using world = await resolved();
    const before = await world.golden();
    const customers: [bigint, bigint] = [
      before.get("billing:1") ?? 0n,
      before.get("billing:2") ?? 0n,
    ];

    await mergeCustomers(world.db, world.client, {
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      customers,
    });

    const noted = await world.world.query<{ entry: string }>(
      "select entry from _ledger_inbox where about <> 'contract' order by noted desc limit 3",
    );
    const told = noted.map(({ entry }) => JSON.parse(entry));
    const judgement = { dataset: "customers", verdict: "same", pairs: 3 };
    expect(told[0]).toMatchObject({
      kind: "resolution-applied",
      about: "resolution customers",
      resolution: { scope: "judgement", moved: 1, created: 0, retired: 1 },
    });
    expect(told.slice(1)).toEqual(
      expect.arrayContaining(
        (await plainSubjects.commitTo(customers)).map((about) =>
          expect.objectContaining({ kind: "judgement-given", actor: "ada", about, judgement }),
        ),
      ),
    );
  });

  test("the newest of persons who contradict each other holds, and the overruled judgement is named", async () => {
    await using world = await resolved();
    const [left, right] = [await world.record("billing:1"), await world.record("crm:1a")];
    const third = await world.record("crm:1b");
    const say = (by: string, pair: readonly [bigint, bigint], verdict: "same" | "different") =>
      judge(world.db, world.client, {
        by,
        clock: world.clock,
        subjects: plainSubjects,
        verdict,
        left: pair[0],
        right: pair[1],
      });

    await say("ada", [left, right], "same");
    await say("ben", [right, third], "same");
    const report = await say("cleo", [left, third], "different");

    expect(report.overruled.map(({ who }) => who)).toEqual(["ada"]);
    const golden = await world.golden();
    expect(golden.get("crm:1a")).toBe(golden.get("crm:1b"));
    expect(golden.get("billing:1")).not.toBe(golden.get("crm:1b"));
  });

  test("only who judged can take it back", async () => {
    await using world = await resolved();
    const pair = { left: await world.record("billing:1"), right: await world.record("billing:2") };
    await judge(world.db, world.client, {
      ...pair,
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      verdict: "same",
    });

    const undone = undoJudgement(world.db, world.client, {
      ...pair,
      by: "ben",
      clock: world.clock,
      subjects: plainSubjects,
    });

    await expect(undone).rejects.toMatchObject({ code: "no-judgement" });
  });

  test("nothing is judged before the first run", async () => {
    await using world = await SmallWorld.open();
    await world.import(household);
    const pair = { left: await world.record("billing:1"), right: await world.record("billing:2") };

    const judged = judge(world.db, world.client, {
      ...pair,
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      verdict: "same",
    });

    await expect(judged).rejects.toMatchObject({ code: "never-resolved" });
  });
});

describe("explanations", () => {
  test("of a customer name the links that hold it together, the weakest first", async () => {
    await using world = await resolved();
    const customer = (await world.golden()).get("billing:1") ?? 0n;

    const explanation = await read(world, (tx) => explainCustomer(tx, world.client, { customer }));

    expect(explanation.records).toHaveLength(3);
    expect(explanation.links).toHaveLength(2);
    expect(explanation.links[0]?.weight).toBeLessThan(explanation.links[1]?.weight ?? 0);
    expect(explanation.pairs).toEqual({ same: 3, unsure: 0, different: 0 });
  });

  test("of two customers say that too little speaks for it, or that somebody keeps them apart", async () => {
    await using world = await resolved();
    const golden = await world.golden();
    const customers = [golden.get("billing:1") ?? 0n, golden.get("billing:2") ?? 0n] as const;

    const byModel = await read(world, (tx) => explainApart(tx, world.client, { customers }));
    const pair = { left: await world.record("billing:1"), right: await world.record("billing:2") };
    await judge(world.db, world.client, {
      ...pair,
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      verdict: "different",
    });
    const byPerson = await read(world, (tx) => explainApart(tx, world.client, { customers }));

    expect(byModel).toMatchObject({ cause: "too-little", judged: [], compared: 3 });
    expect(byPerson).toMatchObject({ cause: "judged-apart", judged: [{ who: "ada" }] });
  });

  test("of a pair show the parts of the weight that was judged, the rules that found it, and the log", async () => {
    await using world = await resolved();
    const pair = { left: await world.record("billing:1"), right: await world.record("crm:1b") };

    const explanation = await read(world, (tx) => explainPair(tx, world.client, pair));

    expect(explanation.score.weight).toBeCloseTo(explanation.log[0]?.weight ?? 0, 6);
    expect(explanation.rules).toEqual(["birthday", "address", "name"]);
    expect(explanation.state?.ruling).toMatchObject({ judge: "model", verdict: "same" });
  });
});

describe("one who fits two that contradict each other", () => {
  const father = { ...ada, born_on: "1815-12-10", city: "London", email: "elder@lovelace.org" };
  const son = { ...ada, born_on: "1906-02-27", city: "New York", email: "l@kernel.org" };
  const family = [
    says("billing", "1", father),
    says("billing", "2", son),
    says("crm", "3", { first_name: "Ada", last_name: "Lovelace" }),
  ];

  test("waits for a person, who is told of both", async () => {
    await using world = await resolved(family);
    const golden = await world.golden();
    const [elder = 0n, younger = 0n, namesake = 0n] = golden.values();

    const questions = await read(world, (tx) => reviewQueue(tx, world.client));
    const apart = await read(world, (tx) =>
      explainApart(tx, world.client, { customers: [elder, namesake] }),
    );

    expect(new Set(golden.values()).size).toBe(3);
    const rivalries = questions.map(({ rivalry }) => rivalry);
    expect(rivalries).toContainEqual({ fits: namesake, between: [elder, younger] });
    expect(rivalries).toContainEqual({ fits: namesake, between: [younger, elder] });
    expect(apart).toMatchObject({
      cause: "torn",
      rivalry: { fits: namesake, between: [elder, younger] },
    });
  });

  test("goes where a person says", async () => {
    await using world = await resolved(family);
    const pair = { left: await world.record("billing:2"), right: await world.record("crm:3") };

    await judge(world.db, world.client, {
      ...pair,
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      verdict: "same",
    });

    const { groups } = await world.outcome();
    expect(groups).toEqual(["billing:1", "billing:2 crm:3"]);
  });
});

test("a single record finds its customer with an explanation, and nothing is written", async () => {
  await using world = await resolved();
  const golden = await world.golden();

  const matches = await read(world, async (tx) =>
    matchRecord(tx, await openMatcher(tx, world.client), { ...ada, city: "Londn" }),
  );

  expect(matches[0]).toMatchObject({ customer: golden.get("billing:1"), verdict: "same" });
  expect(matches.map(({ customer }) => customer)).not.toContain(golden.get("billing:2"));
  expect(matches[0]?.score.parts.map(({ comparison }) => comparison)).toContain("email");
});

describe("review", () => {
  const doubtful = [
    ...household,
    says("crm", "3", {
      first_name: "Byron",
      last_name: "King",
      born_on: "1815-12-10",
      city: "New York",
    }),
  ];

  test("asks about doubtful pairs once, until somebody answers or skips", async () => {
    await using world = await resolved(doubtful);
    const queue = await read(world, (tx) => reviewQueue(tx, world.client));
    const [first] = queue;
    const key = `${first?.left}-${first?.right}`;

    const full = await read(world, (tx) => nextQuestion(tx, world.client));
    const skipped = await read(world, (tx) =>
      reviewQueue(tx, world.client, { skipped: new Set([key]) }),
    );
    await judge(world.db, world.client, {
      left: first?.left ?? 0n,
      right: first?.right ?? 0n,
      by: "ada",
      clock: world.clock,
      subjects: plainSubjects,
      verdict: "unsure",
    });
    const answered = await read(world, (tx) => reviewQueue(tx, world.client));

    expect(queue.length).toBeGreaterThan(0);
    expect(full?.values.get("first_name")?.right).toBe("Byron");
    expect(full?.explanation.score.probability).toBeCloseTo(first?.probability ?? 0, 9);
    for (const later of [skipped, answered]) {
      expect(later.map(({ left, right }) => `${left}-${right}`)).not.toContain(key);
    }
  });

  test("asks about the one weak link that holds a customer together, and parts it at once where it is wrong", async () => {
    // Her mailbox and her first name; a family name as unlike hers as another's.
    const namesake = { first_name: "Ada", last_name: "Hopper", email: ada.email };
    await using world = await resolved([
      says("billing", "1", ada),
      says("crm", "1a", { ...ada, last_name: "Lovelaze" }),
      says("crm", "2", namesake),
    ]);
    const act = { by: "ada", clock: world.clock, subjects: plainSubjects };
    const ask = () => read(world, (tx) => nextQuestion(tx, world.client));
    const pair = { left: await world.record("crm:1a"), right: await world.record("crm:2") };

    const asked = await ask();
    await judge(world.db, world.client, { ...act, ...pair, verdict: "different" });
    const parted = { groups: (await world.outcome()).groups, next: await ask() };
    await undoJudgement(world.db, world.client, { ...act, ...pair });
    const undone = { groups: (await world.outcome()).groups, next: await ask() };
    await judge(world.db, world.client, { ...act, ...pair, verdict: "same" });
    const confirmed = { groups: (await world.outcome()).groups, next: await ask() };

    const customer = (await world.golden()).get("billing:1");
    expect(asked).toMatchObject({ ...pair, reason: "weak-bridge", parts: [2, 1] });
    expect([asked?.leftCustomer, asked?.rightCustomer]).toEqual([customer, customer]);
    expect(parted.groups).toEqual(["billing:1 crm:1a", "crm:2"]);
    expect(parted.next?.reason).not.toBe("weak-bridge");
    expect(undone).toEqual({ groups: ["billing:1 crm:1a crm:2"], next: expect.anything() });
    expect(undone.next).toMatchObject({ ...pair, reason: "weak-bridge" });
    expect(confirmed).toEqual({ groups: ["billing:1 crm:1a crm:2"], next: undefined });
  });

  test("asks about the weak link of a customer of many records, too", async () => {
    const misspelt = { ...ada, last_name: "Lovelaze" };
    const many = Array.from({ length: 150 }, (_, place) => says("crm", `1-${place}`, misspelt));
    await using world = await resolved([
      ...many,
      says("crm", "2", { first_name: "Ada", last_name: "Hopper", email: ada.email }),
    ]);

    const asked = await read(world, (tx) => nextQuestion(tx, world.client));

    const pair = { left: await world.record("crm:1-0"), right: await world.record("crm:2") };
    expect(asked).toMatchObject({ ...pair, reason: "weak-bridge", parts: [150, 1] });
  });

  test("its report counts the pairs that persons judged and the model weighed", async () => {
    await using world = await resolved();
    for (const by of ["ada", "ben"]) {
      await judge(world.db, world.client, {
        left: await world.record("billing:1"),
        right: await world.record("crm:1a"),
        by,
        clock: world.clock,
        subjects: plainSubjects,
        verdict: "same",
      });
    }

    const report = await read(world, (tx) => reviewReport(tx, world.client));

    expect(report).toMatchObject({
      labelled: 1,
      agreements: [{ reviewers: ["ada", "ben"], pairs: 1, agreed: 1 }],
    });
    expect(report.thresholds[2]).toMatchObject({ threshold: 0.5, precision: { value: 1, of: 1 } });
    expect(report.link).toBeCloseTo(0.5, 9);
    expect(report.proposal).toBeUndefined();
  });
});

describe("runs", () => {
  test("a dry run says what a run then does, and changes nothing", async () => {
    await using world = await SmallWorld.open();
    await world.useModel(fixedModel());
    await world.import(household);
    const before = await world.outcome();

    const dry = await resolveAll(world.db, world.client, { ...world.run, dryRun: true });
    const untouched = await world.outcome();
    const real = await resolveAll(world.db, world.client, world.run);

    expect(untouched).toEqual(before);
    expect(dry).toMatchObject({ customers: { before: 4, after: 2 }, largest: 3, moved: 2 });
    expect({ ...dry, model: real.model }).toEqual(real);
  });

  test("a run that is stopped leaves everything as it was, and the next one finishes", async () => {
    await using world = await SmallWorld.open();
    await world.useModel(fixedModel());
    await world.import(household);
    const before = await world.outcome();
    const stop = new AbortController();
    const stopping = {
      ...world.run,
      signal: stop.signal,
      onProgress: ({ phase }: { phase: string }) => {
        if (phase === "writing") {
          stop.abort();
        }
      },
    };

    const stopped = resolveAll(world.db, world.client, stopping);

    await expect(stopped).rejects.toMatchObject({ kind: "cancelled" });
    expect(await world.outcome()).toEqual(before);
    expect(await resolveAll(world.db, world.client, world.run)).toMatchObject({ moved: 2 });
  });

  test("a model that is trained anew learns from what persons have judged, and says from how much", async () => {
    await using world = await resolved();
    const act = { by: "ada", clock: world.clock, subjects: plainSubjects };
    const [one, other] = [await world.record("billing:1"), await world.record("billing:2")];
    const third = await world.record("crm:1a");
    await judge(world.db, world.client, { ...act, left: one, right: other, verdict: "different" });
    await judge(world.db, world.client, { ...act, left: one, right: third, verdict: "same" });

    const kept = await resolveAll(world.db, world.client, world.run);
    const taught = await resolveAll(world.db, world.client, { ...world.run, retrain: true });

    expect([kept.taught, taught.taught]).toEqual([undefined, { same: 1, different: 1 }]);
    const { linker } = await read(world, (tx) => openMatcher(tx, world.client));
    expect(linker.model.training?.known).toEqual(taught.taught);
  });

  test("without a model one is trained from the contract, and the same seed gives the same", async () => {
    await using world = await SmallWorld.open();
    await world.import(household);

    const first = await resolveAll(world.db, world.client, world.run);
    await resolveAll(world.db, world.client, { ...world.run, retrain: true });

    const models = await world.world.query<{ sha256: Buffer }>("select sha256 from _models");
    expect(first.model).not.toBeNull();
    expect(models).toHaveLength(2);
    expect(models[0]).toEqual(models[1]);
  });
});
