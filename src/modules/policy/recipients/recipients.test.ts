import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testCatalogue, customers } from "../../../../tests/support/catalogue.ts";
import type { Catalogue, Definition } from "../../contracts/index.ts";
import { allowsCategory, allowsPurpose, daysLeft, isLonger } from "./agreement.ts";
import { resolveAsker, type Asked, type AskingScene } from "./asker.ts";
import { checkRecipients } from "./check-recipients.ts";
import { recipientSchema, type Recipient } from "./recipient.ts";

const catalogue: Catalogue = {
  ...testCatalogue,
  timeZone: "Pacific/Auckland",
  purposes: ["marketing.communications.email", "analytics.reporting"],
  datasets: [
    {
      ...customers,
      account: undefined,
      fields: customers.fields.map((field) => ({ ...field, category: "user.contact.email" })),
    },
  ],
};

const body = {
  recipient: "desk",
  name: "Desk",
  kind: "team",
  jurisdiction: "DE",
  transferMechanism: "none-needed",
  agreement: {
    id: "A-1",
    version: "1",
    from: "2026-01-01",
    until: "2026-12-31",
    purposes: ["marketing"],
    categories: ["user.contact"],
    jurisdictions: ["DE"],
    retention: "P30D",
  },
  members: ["cli:alice"],
};

interface Changes extends Readonly<Record<string, unknown>> {
  readonly agreement?: object;
}

function changed({ agreement, ...changes }: Changes): object {
  return { ...body, ...changes, agreement: { ...body.agreement, ...agreement } };
}

function recipient(changes: Changes = {}): Recipient {
  return recipientSchema.parse(changed(changes));
}

describe("a recipient's file", () => {
  function issues(changes: Changes): string[] {
    const file: Definition = {
      kind: "recipient",
      name: "desk",
      file: "recipients/desk.yaml",
      body: changed(changes),
      sha256: "",
      locate: () => undefined,
    };
    return checkRecipients([file], catalogue).map(
      ({ at, message, hint }) => `${at}: ${message} (${hint ?? ""})`,
    );
  }

  test("as the documents show it has no issues", () => {
    expect(issues({})).toEqual([]);
  });

  test.each<[string, Changes, RegExp]>([
    ["an unknown member", { jurisdicton: "DE" }, /jurisdicton is not known.*"jurisdiction"/u],
    ["a country that is none", { jurisdiction: "XX" }, /XX is no country/u],
    [
      "a union for a country",
      { agreement: { jurisdictions: ["DE", "EU"] } },
      /jurisdictions\[1\]: EU is no country/u,
    ],
    [
      "a place outside its agreement",
      { jurisdiction: "US" },
      /is in US, where the agreement does not let it keep data \(it allows DE\)/u,
    ],
    [
      "a purpose nobody knows",
      { agreement: { purposes: ["marketin"] } },
      /no purpose of the taxonomy/u,
    ],
    [
      "a purpose the contract lacks",
      { agreement: { purposes: ["sales"] } },
      /nothing in the contract has the purpose sales/u,
    ],
    [
      "a category nobody knows",
      { agreement: { categories: ["user.contcat"] } },
      /did you mean "user.contact"/u,
    ],
    [
      "a category that no field has",
      { agreement: { categories: ["user.financial"] } },
      /nothing in the contract has the category user.financial \(it has user.contact.email, user.privacy_preferences\)/u,
    ],
    [
      "days the wrong way round",
      { agreement: { from: "2026-12-31", until: "2026-01-01" } },
      /agreement.until: the agreement ends before it begins/u,
    ],
    ["a day that is none", { agreement: { from: "2026-02-30" } }, /agreement.from: /u],
    ["a retention that is none", { agreement: { retention: "30 days" } }, /ISO 8601 duration/u],
    ["a member without a way in", { members: ["alice"] }, /members\[0\]: must be a way in/u],
    ["a member twice", { members: ["cli:a", "cli:a"] }, /members\[1\]: cli:a is named twice/u],
    ["a crowd as one person", { kind: "person", members: ["cli:*"] }, /is not one person/u],
  ])("with %s is refused", (_, changes, expected) => {
    expect(issues(changes)).toEqual([expect.stringMatching(expected)]);
  });
});

describe("an agreement", () => {
  test("covers purposes and categories beneath those it names, and nothing that only begins alike", () => {
    const { agreement } = recipient();
    expect(allowsPurpose(agreement, "marketing.communications.email")).toBe(true);
    expect(allowsPurpose(agreement, "marketing_research")).toBe(false);
    expect(allowsCategory(agreement, "user.contact.email")).toBe(true);
    expect(allowsCategory(agreement, "user")).toBe(false);
    expect(allowsCategory(agreement, undefined)).toBe(false);
  });

  test("has no day left on its last one", () => {
    expect(daysLeft({ until: "2026-03-31" }, "2026-03-01")).toBe(30);
    expect(daysLeft({ until: "2026-03-31" }, "2026-03-31")).toBe(0);
    expect(daysLeft({ until: "2026-03-31" }, "2026-04-01")).toBe(-1);
  });

  test.each([
    ["P31D", "P1M", false],
    ["P32D", "P1M", true],
    ["P12M", "P1Y", false],
    ["P1Y1D", "P1Y", false],
    ["P1Y2D", "P1Y", true],
    ["PT25H", "P1D", true],
    ["P1W", "P7D", false],
  ])("takes %s for longer than %s only when it is so in every year (%s)", (one, other, longer) => {
    expect(isLonger(one, other)).toBe(longer);
  });

  test("never takes one of two durations for longer than the other and the other way round", () => {
    const amounts = fc.tuple(fc.nat(3), fc.nat(30), fc.nat(800));
    const written = amounts.map(([y, m, d]) => `P${y}Y${m}M${d}D`);
    fc.assert(
      fc.property(
        written,
        written,
        (one, other) => !(isLonger(one, other) && isLonger(other, one)),
      ),
    );
  });
});

describe("whoever asks", () => {
  const at = new Date("2026-06-01T00:00:00Z");
  const desk = recipient();
  const reports = recipient({
    recipient: "reports",
    members: ["cli:alice", "cli:*"],
    agreement: { purposes: ["analytics"] },
  });

  function ask(actor: string, asked: Asked, scene: Partial<AskingScene> = {}): string {
    const usual = { recipients: [desk, reports], catalogue, at };
    const asker = resolveAsker(actor, asked, { ...usual, ...scene });
    return `${asker.recipient.recipient} for ${asker.purpose}`;
  }

  test("is the one recipient they belong to, for the one purpose that agreement and contract share", () => {
    expect(ask("cli:alice", {}, { recipients: [desk] })).toBe(
      "desk for marketing.communications.email",
    );
    expect(ask("cli:bob", {})).toBe("reports for analytics.reporting");
  });

  test("may name a recipient they belong to, or the purpose that only one of them has", () => {
    expect(ask("cli:alice", { as: "desk" })).toBe("desk for marketing.communications.email");
    expect(ask("cli:alice", { purpose: "analytics.reporting" })).toBe(
      "reports for analytics.reporting",
    );
  });

  test.each<{ who: string; actor: string; asked: Asked; code: string; hint: RegExp }>([
    {
      who: "belongs to several",
      actor: "cli:alice",
      asked: {},
      code: "recipient-choice",
      hint: /--as: desk, reports/u,
    },
    {
      who: "names one of others",
      actor: "cli:bob",
      asked: { as: "desk" },
      code: "not-a-member",
      hint: /cli:bob can ask as reports/u,
    },
    {
      who: "belongs to none",
      actor: "key:7",
      asked: {},
      code: "not-a-member",
      hint: /there are desk, reports/u,
    },
    {
      who: "misspells",
      actor: "cli:alice",
      asked: { as: "dsek" },
      code: "recipient-unknown",
      hint: /did you mean "desk"/u,
    },
    {
      who: "names a purpose that was not agreed",
      actor: "cli:alice",
      asked: { as: "desk", purpose: "analytics.reporting" },
      code: "purpose-not-agreed",
      hint: /--purpose: marketing.communications.email/u,
    },
    {
      who: "names a purpose that the contract lacks",
      actor: "cli:alice",
      asked: { as: "desk", purpose: "marketing.advertising" },
      code: "purpose-not-in-contract",
      hint: /--purpose: marketing.communications.email/u,
    },
  ])("who $who is refused, with the choice", ({ actor, asked, code, hint }) => {
    expect(() => ask(actor, asked)).toThrow(
      expect.objectContaining({ code, hint: expect.stringMatching(hint) }),
    );
  });

  test("has a choice between the purposes of an agreement that has several", () => {
    const both = recipient({ agreement: { purposes: ["marketing", "analytics"] } });
    expect(() => ask("cli:alice", {}, { recipients: [both] })).toThrow(
      expect.objectContaining({
        code: "purpose-choice",
        hint: "say which with --purpose: marketing.communications.email, analytics.reporting",
      }),
    );
  });

  test("is told how to begin where nobody may see anything", () => {
    expect(() => ask("cli:alice", {}, { recipients: [] })).toThrow(
      expect.objectContaining({
        code: "recipients-none",
        hint: expect.stringContaining("add recipients/NAME.yaml with cli:alice among its members"),
      }),
    );
  });

  test("has nothing before the agreement's first and after its last day where the client is", () => {
    const refused = expect.objectContaining({ code: "agreement-not-in-force" });
    const askOn = (day: string): string =>
      ask("cli:alice", {}, { recipients: [desk], at: new Date(day) });
    // Auckland is thirteen hours ahead in summer: its year begins and ends at 11:00 UTC.
    expect(() => askOn("2025-12-31T10:59:59Z")).toThrow(refused);
    expect(askOn("2025-12-31T11:00:00Z")).toMatch(/^desk/u);
    expect(askOn("2026-12-31T10:59:59Z")).toMatch(/^desk/u);
    expect(() => askOn("2026-12-31T11:00:00Z")).toThrow(refused);
  });

  test("is not held up by an agreement of theirs that has ended while another is in force", () => {
    const ended = recipient({ recipient: "old", agreement: { until: "2026-01-31" } });
    expect(ask("cli:alice", {}, { recipients: [ended, desk] })).toMatch(/^desk/u);
  });
});
