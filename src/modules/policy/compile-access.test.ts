import { expect, test } from "vitest";
import { Collected, policyOf } from "../../../tests/policy/agreement.ts";
import { INSTANT, policyCatalogue, testRecipient } from "../../../tests/policy/world.ts";
import { compileAccess } from "./compile-access.ts";
import type { AccessOptions } from "./compile-access.ts";

function accessUnder(texts: readonly string[], more: Partial<AccessOptions> = {}) {
  return compileAccess({
    catalogue: policyCatalogue,
    set: { sha256: "ab", policies: texts.map(policyOf) },
    recipient: testRecipient("care"),
    purpose: "analytics",
    at: INSTANT,
    pseudonymKey: () => Buffer.alloc(32, 1),
    ...more,
  });
}

function target(dataset = "customers") {
  return { dataset, row: "r", customer: "c", parameters: new Collected() };
}

const ALL = "permit (principal, action, resource);";
const GERMANS = `permit (principal, action == Action::"clear", resource in Category::"user.contact")
  when { context.customer has country && context.customer.country == "DE" };`;

test("without policies nothing is seen, and the reason says how to begin", () => {
  const access = accessUnder([]);
  expect(access.nothing).toContain("docs/policy.md");
  expect(access.forms("customers", "email")).toEqual(["absent"]);
  expect(access.rowCondition(target())).toBe("false");
  expect(access.value(target(), "email")).toBe("null::text");
});

test("what is the same for all rows needs no condition", () => {
  const access = accessUnder([ALL]);
  expect(access.rowCondition(target())).toBe("true");
  expect(access.value(target(), "email")).toBe('r."email"');
  expect(access.rank(target(), "email")).toBe("4");
  expect(access.isClear("customers", "email")).toBe(true);
});

test("a field that is clear on some rows only is not clear: nobody may filter by it", () => {
  const access = accessUnder([GERMANS]);
  expect(access.forms("customers", "email")).toEqual(["clear", "absent"]);
  expect(access.isClear("customers", "email")).toBe(false);
  expect(access.isClear("customers", "visits")).toBe(false);
});

test("a row is there when anything of it may be had, or anything of what is asked for", () => {
  const access = accessUnder([GERMANS]);
  expect(access.rowCondition(target())).toContain('c."country"');
  expect(access.rowCondition(target(), ["visits"])).toBe("false");
});

test("events are judged by their customer", () => {
  const access = accessUnder([
    `permit (principal, action, resource in Dataset::"tickets") when { context.customer has vip && context.customer.vip };`,
  ]);
  const condition = access.rowCondition(target("tickets"));
  expect(condition).toBe('((c."vip" is not null) and c."vip")');
  expect(access.rowCondition(target())).toBe("false");
});

test("accounts belong to no customer, and a condition on one does not hold for them", () => {
  const access = accessUnder([
    GERMANS,
    `permit (principal, action, resource in Dataset::"accounts") when { context.account has industry };`,
  ]);
  const accounts = { dataset: "accounts", row: "a", account: "a", parameters: new Collected() };
  expect(access.rowCondition(accounts)).toBe('(a."industry" is not null)');
});

test.each([
  ["has ended", { at: new Date("2027-01-01T12:00:00Z") }, "ended on 2026-12-31"],
  ["has not begun", { at: new Date("2025-12-31T12:00:00Z") }, "begins on 2026-01-01"],
  ["is for another purpose", { purpose: "marketing.advertising" }, "does not allow the purpose"],
])("under an agreement that %s nothing is seen, whatever policies permit", (_, more, reason) => {
  const access = accessUnder([ALL], more);
  expect(access.nothing).toContain(reason);
  expect(access.forms("customers", "email")).toEqual(["absent"]);
});

test("the last day of an agreement is a day where the client is", () => {
  const lastHour = new Date("2026-12-31T22:59:59Z");
  const midnight = new Date("2026-12-31T23:00:00Z");
  expect(accessUnder([ALL], { at: lastHour }).nothing).toBeUndefined();
  expect(accessUnder([ALL], { at: midnight }).nothing).toContain("it is 2027-01-01");
});

test("a category outside of the agreement is absent, and so is a field without one", () => {
  const { agreement } = testRecipient("care");
  const recipient = testRecipient("care", {
    agreement: { ...agreement, categories: ["user.contact"] },
  });
  const access = accessUnder([ALL], { recipient });
  expect(access.forms("customers", "email")).toEqual(["clear"]);
  expect(access.forms("customers", "name")).toEqual(["absent"]);
  expect(accessUnder([ALL]).forms("customers", "note")).toEqual(["absent"]);
});

test("an access that lasts asks for the day itself, so that an agreement ends by itself", () => {
  const parameters = new Collected();
  const access = accessUnder([ALL], { at: "live" });
  const condition = access.rowCondition({ ...target(), parameters });
  expect(condition).toContain("statement_timestamp()");
  expect(access.isClear("customers", "email")).toBe(false);
});

test("a form that a field does not have gives way to the next lower one, unless that is forbidden", () => {
  const partial = 'permit (principal, action == Action::"partial", resource);';
  expect(accessUnder([partial]).forms("customers", "city")).toEqual(["pseudonym"]);
  expect(accessUnder([partial]).forms("customers", "country")).toEqual(["bucket"]);
  expect(accessUnder([partial]).forms("customers", "vip")).toEqual(["absent"]);
  const noJoining = 'forbid (principal, action == Action::"pseudonym", resource);';
  expect(accessUnder([partial, noJoining]).forms("customers", "city")).toEqual(["absent"]);
});

test("a forbidden form leaves the lower ones that are permitted", () => {
  const access = accessUnder([
    ALL,
    `forbid (principal, action == Action::"clear", resource) unless { context.customer has vip && context.customer.vip };`,
  ]);
  expect(access.forms("customers", "email")).toEqual(["clear", "partial"]);
});

test("a sealed field is the stored bytes wherever it is not absent", () => {
  const datasets = policyCatalogue.datasets.map((dataset) => ({
    ...dataset,
    fields: dataset.fields.map((field) =>
      field.name === "email" ? { ...field, sealed: true as const } : field,
    ),
  }));
  const access = accessUnder(['permit (principal, action == Action::"partial", resource);'], {
    catalogue: { ...policyCatalogue, datasets },
  });
  expect(access.value(target(), "email")).toBe('r."email"');
  expect(access.clearValue(target(), "email")).toBe("null::bytea");
  expect(access.inForm("customers", "email", { form: "partial", text: "ada@example.com" })).toBe(
    "a***@example.com",
  );
});

test("pseudonyms of one value differ by recipient and by field", () => {
  const keyFor = (context: string): Buffer => Buffer.from(context.padEnd(64).slice(0, 64));
  const one = accessUnder([ALL], { pseudonymKey: keyFor });
  const other = accessUnder([ALL], { pseudonymKey: keyFor, recipient: testRecipient("other") });
  const given = { form: "pseudonym", text: "x" } as const;
  const values = [
    one.inForm("customers", "email", given),
    one.inForm("customers", "phone", given),
    other.inForm("customers", "email", given),
  ];
  expect(new Set(values).size).toBe(3);
  expect(values[0]).toMatch(/^[0-9a-f]{32}$/u);
});
