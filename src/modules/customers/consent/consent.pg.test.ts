import { Readable } from "node:stream";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { customers, testCatalogue } from "../../../../tests/support/catalogue.ts";
import { person, World } from "../../../../tests/customers/world.ts";
import { commitToOne, keyedSubjects } from "../../ledger/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { regroupRecords } from "../index.ts";
import { lockCustomers } from "../store/lock.ts";
import { importConsents, type ConsentImportReport } from "./import-consents.ts";
import { showConsents, standingStatements } from "./show-consents.ts";
import { stateConsent } from "./state-consents.ts";
import type { ConsentStatement } from "./statement.ts";

const EMAIL = "marketing.communications.email";
const catalogue: Catalogue = { ...testCatalogue, purposes: [EMAIL, "analytics.reporting"] };
const subjects = keyedSubjects((customers) =>
  Promise.resolve(customers.map(() => Buffer.alloc(32, 7))),
);
const NOW = new Date("2026-06-01T12:00:00Z");

function said(changes: Partial<ConsentStatement> = {}): ConsentStatement {
  const statedAt = changes.statedAt ?? NOW;
  return {
    purpose: EMAIL,
    channel: "any",
    granted: true,
    statedAt,
    startsAt: statedAt,
    expiresAt: undefined,
    source: "web form",
    proof: undefined,
    proofSha256: undefined,
    ...changes,
  };
}

describe("consents", () => {
  let world: World & AsyncDisposable;
  let round = 0;
  let ids: ReadonlyMap<string, { readonly id: bigint; readonly record: bigint }>;

  beforeAll(async () => {
    world = await World.open(catalogue);
    return () => world[Symbol.asyncDispose]();
  });
  /** Each test has an A and a B of its own. */
  beforeEach(async () => {
    round += 1;
    await world.query("delete from _consents");
    await world.query("delete from _changes where kind = 'consent-changed'");
    await world.query("delete from _ledger_inbox");
    const rows = ["A", "B"].map((no) => person(keyOf(no), { email: emailOf(no) }));
    await world.merge({ source: "crm", dataset: customers, rows });
    const found = await world.query<{ no: string; id: bigint; record: bigint }>(
      "select customer_no as no, _id as id, _record as record from customers__records",
    );
    ids = new Map(found.map(({ no, ...row }) => [no, row]));
  });

  const keyOf = (no: string) => `${no}${round}`;
  const emailOf = (no: string) => `${no.toLowerCase()}${round}@x.example`;
  const of = (no: string) => ids.get(keyOf(no)) ?? { id: 0n, record: 0n };
  const state = (no: string, changes: Partial<ConsentStatement> = {}) =>
    world.db.scoped(world.scope, (tx) =>
      stateConsent(tx, of(no).id, {
        catalogue,
        subjects,
        at: NOW,
        actor: "cli:alice",
        statement: said(changes),
      }),
    );
  const show = (no: string, at = NOW) =>
    world.db.scoped(world.scope, (tx) => showConsents(tx, catalogue, { customer: of(no).id, at }));
  const consents = async (no: string, at = NOW): Promise<boolean> => {
    const { answers } = await show(no, at);
    return answers.some(
      ({ purpose, channel, consents: yes }) => purpose === EMAIL && channel === "email" && yes,
    );
  };
  const move = (from: string, to: string) =>
    world.regroup([{ record: of(from).record, id: of(to).id }]);

  test("are in the change log and in the ledger, which does not know whose they are", async () => {
    expect(await state("A", { proofSha256: "ab".repeat(32) })).toEqual({
      customer: of("A").id,
      isNew: true,
    });

    const changes = await world.query(
      "select dataset, row_id, customer, actor from _changes where kind = 'consent-changed'",
    );
    expect(changes).toEqual([
      { dataset: "customers", row_id: of("A").id, customer: of("A").id, actor: "cli:alice" },
    ]);
    const [noted] = await world.query<{ about: string; entry: string }>(
      "select about, entry from _ledger_inbox where entry like '%consent-stated%'",
    );
    expect(noted?.about).toBe(await commitToOne(subjects, of("A").id));
    expect(JSON.parse(noted?.entry ?? "")).toMatchObject({
      actor: "cli:alice",
      consent: { purpose: EMAIL, channel: "any", state: "granted", proof: "ab".repeat(32) },
    });
  });

  test("that are said again word for word are written down once", async () => {
    await state("A");

    expect(await state("A")).toMatchObject({ isNew: false });
    expect((await show("A")).statements).toHaveLength(1);
    expect(await world.query("select from _changes where kind = 'consent-changed'")).toHaveLength(
      1,
    );
  });

  test("begin and end to the millisecond", async () => {
    await state("A", {
      startsAt: new Date("2026-07-01T00:00:00Z"),
      expiresAt: new Date("2026-08-01T00:00:00Z"),
    });

    const asked = ["2026-06-30T23:59:59.999Z", "2026-07-01T00:00:00Z", "2026-07-31T23:59:59.999Z"];
    const answers = await Promise.all(asked.map((at) => consents("A", new Date(at))));
    expect(answers).toEqual([false, true, true]);
    expect(await consents("A", new Date("2026-08-01T00:00:00Z"))).toBe(false);
  });

  const day = (number: number) => new Date(Date.UTC(2026, 0, number));
  test.each<[string, readonly Partial<ConsentStatement>[], boolean]>([
    ["nothing was stated", [], false],
    ["it was granted", [{}], true],
    ["it was granted for a purpose above", [{ purpose: "marketing" }], true],
    ["it was granted for another channel only", [{ channel: "phone" }], false],
    ["it was withdrawn later", [{ statedAt: day(1) }, { granted: false, statedAt: day(2) }], false],
    [
      "an earlier withdrawal is written down later",
      [{ statedAt: day(2) }, { granted: false, statedAt: day(1) }],
      true,
    ],
    [
      "all marketing was withdrawn later",
      [
        { channel: "email", statedAt: day(1) },
        { purpose: "marketing", granted: false },
      ],
      false,
    ],
    [
      "the channel was granted after everything was withdrawn",
      [{ purpose: "marketing", granted: false, statedAt: day(1) }, { channel: "email" }],
      true,
    ],
    [
      "everything was granted after the channel was withdrawn",
      [{ channel: "email", granted: false, statedAt: day(1) }, { purpose: "marketing" }],
      false,
    ],
    [
      "a grant for the channel has expired beside one for everything",
      [
        { purpose: "marketing", statedAt: day(1) },
        { channel: "email", statedAt: day(2), expiresAt: day(3) },
      ],
      false,
    ],
    [
      "a grant for everything has expired beside one for the channel",
      [
        { channel: "email", statedAt: day(1) },
        { purpose: "marketing", statedAt: day(2), expiresAt: day(3) },
      ],
      true,
    ],
  ])("hold or do not where %s", async (_, statements, expected) => {
    for (const one of statements) {
      await state("A", one);
    }

    expect(await consents("A")).toBe(expected);
  });

  test("stand one on each purpose and channel, the one stated last", async () => {
    await state("A", { statedAt: day(2), channel: "email" });
    await state("A", { statedAt: day(3), granted: false });
    await state("A", { statedAt: day(1) });

    const standing = standingStatements(await show("A"), NOW);
    expect(standing.map(({ channel, granted }) => [channel, granted])).toEqual([
      ["any", false],
      ["email", true],
    ]);
  });

  test("go with their records through merges and splits", async () => {
    await state("A", { granted: false, statedAt: day(1) });
    await state("B", { statedAt: day(2) });

    await move("B", "A");
    expect(await consents("A")).toBe(true);
    // The old id leads to who has the record now.
    expect((await show("B")).customer).toBe(of("A").id);

    await world.regroup([{ record: of("B").record, id: of("B").id }]);
    expect([await consents("A"), await consents("B")]).toEqual([false, true]);
  });

  test("are taken while an import has the turn on customers", async () => {
    await world.db.scoped(world.scope, async (tx) => {
      await lockCustomers(tx);
      expect(await state("A", { granted: false })).toMatchObject({ isNew: true });
    });
  });

  test("that are stated while their customer is merged are logged for who has the record then", async () => {
    const stating = Promise.withResolvers<ReturnType<typeof state>>();
    await world.db.scoped(world.scope, async (tx) => {
      await lockCustomers(tx);
      const moves = [{ record: of("B").record, id: of("A").id }];
      await regroupRecords(tx, { catalogue, dataset: customers }, { moves, actor: "r", at: NOW });
      // It finds B still there, and then waits for the head of the change log.
      const waiting = state("B");
      stating.resolve(waiting);
      await expect
        .poll(() => world.query("select from pg_locks where not granted"))
        .not.toHaveLength(0);
    });
    await stating.promise;

    const logged = await world.query<{ row_id: bigint }>(
      "select row_id from _changes where kind = 'consent-changed'",
    );
    expect(logged).toEqual([{ row_id: of("A").id }]);
  });

  test.each<[string, Partial<ConsentStatement>, RegExp]>([
    ["in the future", { statedAt: new Date("2027-01-01Z") }, /stated in the future/u],
    ["for before it was said", { startsAt: day(1) }, /count before it was stated/u],
    ["until it begins", { expiresAt: NOW }, /end before it begins/u],
    ["back for a while", { granted: false, expiresAt: new Date("2027-01-01Z") }, /not expire/u],
    ["for a purpose that nobody knows", { purpose: "marketng" }, /no purpose of the taxonomy/u],
    ["for a purpose that the contract lacks", { purpose: "sales" }, /contract has no purpose/u],
    ["without saying where", { source: " " }, /one line/u],
  ])("cannot be stated %s", async (_, changes, message) => {
    await expect(state("A", changes)).rejects.toMatchObject({
      code: "consent-invalid",
      issues: [{ message: expect.stringMatching(message) }],
    });
    expect((await show("A")).statements).toEqual([]);
  });

  test("of nobody are refused", async () => {
    const unknown = world.db.scoped(world.scope, (tx) =>
      showConsents(tx, catalogue, { customer: 99_999n, at: NOW }),
    );
    await expect(unknown).rejects.toMatchObject({ code: "customer-not-found" });
  });

  describe("in a file", () => {
    /** A second record of a customer, with the same e-mail address. */
    const mergeTwin = async (no: string): Promise<{ record: bigint }[]> => {
      const rows = [person(`${keyOf(no)}-twin`, { email: emailOf(no) })];
      await world.merge({ source: "crm", dataset: customers, rows });
      return await world.query(
        "select _record as record from customers__records where customer_no = $1",
        [`${keyOf(no)}-twin`],
      );
    };
    const take = async (lines: readonly string[]): Promise<ConsentImportReport> =>
      await importConsents({
        db: world.db,
        scope: world.scope,
        catalogue,
        subjects,
        actor: "cli:alice",
        now: () => NOW,
        bytes: bytesOf(lines),
        blindIndex: () => Promise.reject(new Error("nothing is sealed here")),
        signal: new AbortController().signal,
      });

    test("are taken by the keys of records, and once however often the file is", async () => {
      const file = [
        "record_source,record_key,purpose,channel,state,stated,source,expires,proof",
        `crm,${keyOf("A")},${EMAIL},email,granted,2026-01-31,shop,2026-12-31,"call 7, minute 2"`,
        `crm,${keyOf("B")},marketing,any,withdrawn,2026-02-01T10:00:00+01:00,call,,`,
      ];

      expect(await take(file)).toMatchObject({ lines: 2, recorded: 2, known: 0, refused: 0 });
      expect(await take(file)).toMatchObject({ lines: 2, recorded: 0, known: 2, refused: 0 });

      expect((await show("A")).statements).toMatchObject([
        {
          statedAt: new Date("2026-01-31T00:00:00Z"),
          expiresAt: new Date("2026-12-31T00:00:00Z"),
          proof: "call 7, minute 2",
          recordedBy: "cli:alice",
        },
      ]);
      expect([await consents("A"), await consents("B")]).toEqual([true, false]);
    });

    test("are taken by an identifier where one customer has it", async () => {
      const line = (email: string) => `${email},${EMAIL},any,granted,2026-01-31,shop`;

      const [other] = await world.query<{ id: bigint }>("select nextval('_ids') as id");
      const [twin] = await mergeTwin("B");
      await world.regroup([{ record: twin?.record ?? 0n, id: other?.id ?? 0n }]);

      const report = await take([
        "email,purpose,channel,state,stated,source",
        line(emailOf("A")),
        line(emailOf("B")),
        line("nobody@x.example"),
      ]);

      expect(report).toMatchObject({ recorded: 1, refused: 2 });
      expect(report.refusals).toEqual([
        { line: 3, issues: [{ at: "email", message: "2 customers have this identifier" }] },
        {
          line: 4,
          issues: [expect.objectContaining({ message: "no customer has this identifier" })],
        },
      ]);
      expect(await consents("A")).toBe(true);
    });

    test("that cannot be read are reported by line and column, and no value is repeated", async () => {
      const { refusals, recorded } = await take([
        "record_source,record_key,purpose,channel,state,stated,source,expires,proof_sha256",
        `crm,${keyOf("A")},${EMAIL},pigeon,maybe,yesterday,shop,,xyz`,
        `crm,${keyOf("A")},${EMAIL},email,granted,2026-01-31,shop`,
        `crm,,${EMAIL},email,granted,2026-01-31,shop,2026-01-01,`,
        `crm,nobody,${EMAIL},email,granted,2026-01-31,shop,,`,
        `crm,${keyOf("A")},${EMAIL},email,granted,2026-01-31,shop,,`,
      ]);

      expect(recorded).toBe(1);
      expect(refusals.map(({ line, issues }) => [line, issues.map(({ at }) => at)])).toEqual([
        [2, ["channel", "state", "stated", "proof_sha256"]],
        [3, ["line"]],
        [4, ["record_key"]],
        [5, ["record_key"]],
      ]);
      expect(JSON.stringify(refusals)).not.toMatch(/pigeon|maybe|yesterday|xyz|nobody/u);
    });

    test.each<[string, string, RegExp]>([
      ["no way to say whose", "purpose,channel,state,stated,source", /whose each statement is/u],
      [
        "two ways to say whose",
        "email,record_source,record_key,purpose,channel,state,stated,source",
        /whose each statement is/u,
      ],
      ["an unknown column", "email,purpose,chanel,channel,state,stated,source", /chanel is not/u],
      ["a missing column", "email,purpose,channel,state,source", /no column stated/u],
    ])("with %s are refused as a whole", async (_, head, message) => {
      await expect(take([head])).rejects.toMatchObject({
        code: "consent-columns",
        issues: [{ message: expect.stringMatching(message) }],
      });
    });

    test("that is no CSV is refused without a word of it", async () => {
      const refused = take(["email,purpose,channel,state,stated,source", 'secret,"a"b"']);
      await expect(refused).rejects.toMatchObject({
        code: "consent-file",
        message: "line 2 is not CSV as it is read here",
      });
    });
  });
});

function bytesOf(lines: readonly string[]): AsyncIterable<Uint8Array> {
  return Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(""))]);
}
