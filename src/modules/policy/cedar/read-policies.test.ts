import { expect, test } from "vitest";
import { policyCatalogue, RECIPIENTS } from "../../../../tests/policy/world.ts";
import type { Place } from "../../contracts/index.ts";
import { readPolicies } from "./read-policies.ts";
import type { PolicyFile } from "./read-policies.ts";

/** A file as a folder holds it: places count lines and columns from 1. */
function file(text: string, name = "care"): PolicyFile {
  return {
    name,
    file: `policies/${name}.cedar`,
    body: { policy: name, text },
    sha256: "00",
    locate: ([, offset]): Place => {
      const before = text.slice(0, Number(offset ?? 0)).split("\n");
      return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    },
  };
}

function issuesOf(text: string) {
  const { issues } = readPolicies([file(text)], {
    catalogue: policyCatalogue,
    recipients: RECIPIENTS,
  });
  return issues.map(({ message, hint, line, column }) => ({ message, hint, line, column }));
}

const permit = (condition: string): string =>
  `permit (principal, action, resource) when { ${condition} };`;

test("policies of every construct that the guide shows are right", () => {
  expect(
    issuesOf(`
      @id("one") @title("Care sees its own country")
      permit (principal == Recipient::"care", action == Action::"clear", resource in Category::"user.contact")
      when { context.purpose in Purpose::"essential.service" && context.customer has country }
      when { context.customer.country == principal.jurisdiction || principal.agreement.until > context.now }
      unless { context.account has industry && context.account.industry like "arms*" };
      // A comment; with a semicolon, and "quotes".
      @id("two")
      forbid (principal, action in [Action::"clear", Action::"partial"], resource == Field::"customers.email")
      unless { context.consents.email.contains(context.purpose) };`),
  ).toEqual([]);
});

test("a slip of the pen is refused at its line and column", () => {
  expect(
    issuesOf("permit (principal, action, resource);\n\npermit (principal action, resource);"),
  ).toEqual([
    expect.objectContaining({ message: "unexpected token `action`", line: 3, column: 19 }),
  ]);
});

test("places count characters, also behind letters of several bytes", () => {
  const [issue] = issuesOf(`// Größe 𝒳\n${permit('"ß" == "ß" && context.customer.city == "x"')}`);
  expect(issue).toMatchObject({ line: 2, column: 59 });
});

test.each([
  ['Recipient::"cara"', 'there is no recipient "cara"', 'did you mean "care"?'],
  ['Purpose::"marketting"', '"marketting" is no purpose of fideslang', 'did you mean "marketing"?'],
])("%s, which does not exist, is refused with what was probably meant", (name, message, hint) => {
  const side = name.startsWith("Recipient") ? `principal == ${name}` : `context.purpose in ${name}`;
  expect(issuesOf(permit(side))).toContainEqual(
    expect.objectContaining({ message, hint, line: 1 }),
  );
});

test.each([
  ['resource in Category::"user.contct"', '"user.contct" is no data category of fideslang'],
  ['resource in Dataset::"ticket"', 'there is no dataset "ticket"'],
  ['resource == Field::"customers.mail"', 'there is no field "customers.mail"'],
])("a policy about %s is refused", (scope, message) => {
  const text = `permit (principal, action, ${scope});`;
  expect(issuesOf(text)).toContainEqual(expect.objectContaining({ message }));
});

test("an attribute that may be missing must be asked for first", () => {
  expect(issuesOf(permit('context.customer.country == "DE"'))).toEqual([
    expect.objectContaining({
      message: expect.stringContaining("optional attribute `country`"),
      hint: expect.stringContaining("has country"),
    }),
  ]);
});

test("a field that the contract does not have is named in its words", () => {
  expect(
    issuesOf(permit('context.customer has towns && context.customer.towns == "x"')),
  ).toContainEqual(expect.objectContaining({ message: "customers has no field towns" }));
});

test("a sealed field cannot be asked, and the reason is given", () => {
  const sealed = policyCatalogue.datasets.map((dataset) => ({
    ...dataset,
    fields: dataset.fields.map((field) =>
      field.name === "note" ? { ...field, sealed: true as const } : field,
    ),
  }));
  const text = permit('context.customer has note && context.customer.note == "x"');
  const { issues } = readPolicies([file(text)], {
    catalogue: { ...policyCatalogue, datasets: sealed },
    recipients: RECIPIENTS,
  });
  expect(issues.map(({ message }) => message)).toContain(
    "note is sealed, and conditions cannot look into sealed fields",
  );
});

test("conditions that exclude each other are refused: the policy could never apply", () => {
  expect(issuesOf(permit("context.purpose == principal"))).not.toEqual([]);
  expect(issuesOf(permit("false"))).toEqual([
    expect.objectContaining({
      message: "the policy can never apply: its conditions exclude each other",
    }),
  ]);
});

test.each([
  ["context.customer == context.customer", "the customer as a whole cannot be compared"],
  ['context.customer == Customer::"7"', "names one row, and policies are about all of them"],
  ['[context.customer.city].contains("x")', "a set in a condition holds written values only"],
  ["context.consents.email.isEmpty()", "consents are asked for a purpose"],
  ['ip("10.0.0.1").isLoopback()', "isLoopback() is not known here"],
  ["context.customer.visits == 9007199254740993", "cannot be read exactly"],
])("%s cannot be compiled and is refused with the reason", (condition, reason) => {
  const guard = "context.customer has city && context.customer has visits";
  const messages = issuesOf(permit(`${guard} && ${condition}`)).map(({ message }) => message);
  expect(messages.join("\n")).toContain(reason);
});

test("a template is refused, since nobody fills its slots", () => {
  expect(issuesOf("permit (principal == ?principal, action, resource);")).toEqual([
    expect.objectContaining({ message: expect.stringContaining("template") }),
  ]);
});

test("two policies of a file cannot share an id", () => {
  expect(issuesOf(`@id("a") ${permit("true")}\n@id("a") ${permit("true")}`)).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining("has the id") }),
  );
});

test("an empty file is refused instead of meaning nothing", () => {
  expect(issuesOf("// nothing yet\n")).toEqual([
    expect.objectContaining({ message: "the file has no policy" }),
  ]);
});

test("the hash of a set is that of all its files, whatever their order", () => {
  const scene = { catalogue: policyCatalogue, recipients: RECIPIENTS };
  const [a, b] = [file(permit("true"), "a"), file(permit("true"), "b")];
  const { set } = readPolicies([a, b], scene);
  expect(readPolicies([b, a], scene).set.sha256).toBe(set.sha256);
  expect(readPolicies([a], scene).set.sha256).not.toBe(set.sha256);
});

test("a permit of which everything is forbidden without a condition contradicts, and is refused", () => {
  const documents =
    'permit (principal == Recipient::"care", action == Action::"clear", resource in Category::"user.contact.email");';
  const never =
    'forbid (principal, action == Action::"clear", resource in Category::"user.contact");';
  expect(issuesOf(`${never}\n${documents}`)).toEqual([
    expect.objectContaining({
      message: expect.stringContaining("contradicts the forbids"),
      line: 2,
    }),
  ]);
  const sometimes = never.replace(";", ' unless { context.purpose in Purpose::"essential" };');
  expect(issuesOf(`${sometimes}\n${documents}`)).toEqual([]);
});
