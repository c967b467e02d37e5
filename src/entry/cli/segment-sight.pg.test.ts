import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeScene, people, START, type Scene } from "../../../tests/segments/settled-scene.ts";
import { testDatabase, type TestDatabase } from "../../../tests/support/database.ts";
import {
  PERMIT_ALL,
  putInForce,
  testRecipient,
  withCategories,
} from "../../../tests/support/policies.ts";
import { FixedClock } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import { memoryProtection } from "../../modules/protection/testing/memory-protection.ts";
import {
  checkAsker,
  namedAmong,
  namedBySegment,
  openSight,
  type SightOf,
  type SightOptions,
} from "./segment-sight.ts";

const EVERYTHING = { kind: "everything" };
const COUNTS = { kind: "counts", minimum: 10 };

let database: TestDatabase;
let scene: Scene;
let client: Client;
let notes: string[] = [];

beforeAll(async () => {
  database = await testDatabase();
  scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("important", "customer.vip == true");
  await scene.settle();
  await scene.alter(
    "alter table customers add column _created_at timestamptz, add column _updated_at timestamptz",
  );
  const { scope, catalogue } = scene.client;
  client = { key: "acme", scope, catalogue: withCategories(catalogue), contractVersionNo: 1 };
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => {
  notes = [];
});

async function permit(
  policies: string,
  recipients: Parameters<typeof putInForce>[2]["recipients"] = [testRecipient("desk")],
): Promise<void> {
  await putInForce(database.db, client.scope, { recipients, policies });
}

const context = () => ({
  db: database.db,
  actor: "cli:alice",
  clock: new FixedClock(START),
  protect: () => Promise.resolve(memoryProtection()),
});

async function sight(asked: SightOptions, of: SightOf = {}) {
  const output = {
    note: (text: string) => {
      notes.push(text);
    },
  };
  const opened = await openSight({ output }, { context: context(), client }, { asked, of });
  return {
    all: opened.view,
    berlin: opened.viewOf("berlin"),
    important: opened.viewOf("important"),
  };
}

/** Cities are clear on every row; who is important is so on the rows of Berlin only. */
const CITIES = `
  permit (principal, action == Action::"clear", resource == Field::"customers.city");
  permit (principal, action == Action::"clear", resource == Field::"customers.vip")
  when { context.customer has city && context.customer.city == "Berlin" };`;

test("exact counts and members are for who sees in clear, on every row, what a segment looks at", async () => {
  await permit(PERMIT_ALL);
  expect(await sight({})).toEqual({ all: EVERYTHING, berlin: EVERYTHING, important: EVERYTHING });

  await permit(CITIES);
  expect(await sight({})).toEqual({ all: COUNTS, berlin: EVERYTHING, important: COUNTS });
  expect((await sight({}, { segments: ["berlin"] })).all).toEqual(EVERYTHING);
  const vip = { dataset: "customers", field: "vip" };
  expect((await sight({}, { segments: ["berlin"], fields: [vip] })).all).toEqual(COUNTS);
  const criteria = [{ criteria: "customer.vip == true" }];
  expect((await sight({}, { segments: [], criteria })).all).toEqual(COUNTS);
  expect(notes).toEqual([]);
});

test("who asks for counts only gets them, and who is nobody is told why there is no more", async () => {
  await permit(PERMIT_ALL);
  expect((await sight({ countsOnly: true })).all).toEqual(COUNTS);
  expect(notes).toEqual([]);

  await permit(PERMIT_ALL, [testRecipient("desk", { members: ["cli:bob"] })]);
  expect((await sight({})).all).toEqual(COUNTS);
  expect(notes).toEqual([
    expect.stringMatching(/^counts only: cli:alice is a member of no recipient; there are desk/u),
  ]);
});

test("who says as whom they ask, and may not, is refused", async () => {
  await permit(PERMIT_ALL, [testRecipient("desk", { members: ["cli:bob"] })]);

  await expect(sight({ as: "desk" })).rejects.toMatchObject({ code: "not-a-member" });
  const asker = { context: context(), client };
  await expect(checkAsker(asker, { as: "desk" })).rejects.toMatchObject({ code: "not-a-member" });
  await expect(checkAsker(asker, {})).resolves.toBeUndefined();
});

test("members are named who may be seen, and that somebody asked is noted", async () => {
  await permit(CITIES);
  const name = (segment: string) =>
    namedAmong(
      { context: context(), client },
      {},
      { criteria: { segment }, members: [2n, 4n, 99n] },
    );

  expect(await name("berlin")).toEqual(new Set([2n, 4n]));
  await expect(name("important")).rejects.toMatchObject({ code: "fields-not-clear" });

  const noted = await database.db.scoped(client.scope, (tx) =>
    tx.rows<{ entry: string }>("select entry from _ledger_inbox"),
  );
  expect(noted.map(({ entry }) => entry)).toEqual([
    expect.stringContaining('"by":["customers.city"],"found":2'),
  ]);
});

test("rows about members are shown by segment, and why those of one are not; rows about nobody always are", async () => {
  await permit(CITIES);
  const row = (segment: string, member: bigint | null) => ({ segment, member });
  const hidden: string[] = [];

  const shown = await namedBySegment(
    { context: context(), client },
    {},
    {
      rows: [
        row("important", 2n),
        row("berlin", 99n),
        row("berlin", 2n),
        row("important", null),
        row("archived", 2n),
        row("retired", null),
      ],
      onHidden: (segment, why) => {
        hidden.push(`${segment}: ${why}`);
      },
    },
  );

  expect(shown).toEqual([row("berlin", 2n), row("important", null), row("retired", null)]);
  expect(hidden).toEqual([
    expect.stringMatching(/^important: the answer would tell desk more than it may see/u),
    expect.stringMatching(/^archived: there is no segment/u),
  ]);
});

test("who may see nobody at all is refused, whatever the rows", async () => {
  await permit(PERMIT_ALL, [testRecipient("desk", { members: ["cli:bob"] })]);
  const rows = [{ segment: "berlin", member: 2n }];
  const naming = namedBySegment({ context: context(), client }, {}, { rows, onHidden: () => {} });

  await expect(naming).rejects.toMatchObject({ kind: "forbidden" });
});
