import { describe, expect, test } from "vitest";
import { catalogue, folder, recipient } from "../../../../tests/distribution/scene.ts";
import type { Issue } from "../../../kernel/index.ts";
import type { DefinitionFile } from "./definition-file.ts";
import { checkDestinations, checkRoutes } from "./checks.ts";

function definition(kind: DefinitionFile["kind"], name: string, body: unknown): DefinitionFile {
  const locate = (path: readonly (string | number)[]) => ({ line: path.length + 1, column: 1 });
  return { kind, name, file: `${kind}s/${name}.yaml`, body, locate };
}

const webhook = {
  destination: "hook",
  recipient: "partner",
  kind: "webhook",
  url: "https://partner.example/hooks",
  secret: "env:HOOK_SECRET",
};
const route = {
  route: "list",
  segment: "at-risk",
  destination: "hook",
  purpose: "marketing",
  legalBasis: "consent",
  fields: ["customer_id", "charges"],
  totals: ["charges"],
  retention: "P30D",
  erasureWithin: "PT72H",
  schedule: { cron: "0 6 * * 1" },
};
const agreed = definition("recipient", "partner", recipient);
const surroundings = [
  agreed,
  definition("segment", "at-risk", {}),
  definition("destination", "hook", webhook),
];

function destinationIssues(body: unknown, name = "hook"): Issue[] {
  return checkDestinations([agreed, definition("destination", name, body)]);
}

function routeIssues(changes: Record<string, unknown>): Issue[] {
  return checkRoutes([...surroundings, definition("route", "list", { ...route, ...changes })], {
    ...catalogue,
    purposes: ["marketing", "analytics"],
  });
}

function words(issues: readonly Issue[]): string[] {
  return issues.map(({ message, hint }) => (hint === undefined ? message : `${message}; ${hint}`));
}

describe("a destination", () => {
  test("as the documents show it has no issues", () => {
    expect(destinationIssues(webhook)).toEqual([]);
    expect(destinationIssues(folder("files", "parquet"), "files")).toEqual([]);
    expect(
      destinationIssues({ ...webhook, allowPrivate: true, url: "http://127.0.0.1:8080/" }),
    ).toEqual([]);
  });

  test("with an unknown member is told what was probably meant, and where", () => {
    expect(destinationIssues({ ...webhook, allowPrivat: true })).toEqual([
      {
        at: "destinations/hook.yaml: allowPrivat",
        message: "allowPrivat is not known here",
        hint: 'did you mean "allowPrivate"?',
        line: 2,
        column: 1,
      },
    ]);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["a secret in the file", { secret: "whsec_abc" }, /env:NAME, never the secret itself/u],
    ["no web address", { url: "ftp://partner.example" }, /http or https address/u],
    [
      "a password in the address",
      { url: "https://u:p@partner.example" },
      /without a user name, password/u,
    ],
    ["an unknown kind", { kind: "fax" }, /./u],
    ["no recipient", { recipient: undefined }, /./u],
    ["a recipient in the file", { recipient }, /./u],
    ["a recipient that does not exist", { recipient: "partnr" }, /there is no recipient partnr/u],
  ])("with %s is refused", (_, changes, expected) => {
    const [issue] = destinationIssues({ ...webhook, ...changes });
    expect(issue?.message).toMatch(expected);
  });

  test.each(["../out", "a/../../b", "a\\..\\b"])(
    "whose path leads upwards is refused (%s)",
    (path) => {
      expect(words(destinationIssues(folder("files", "csv", path), "files"))).toEqual([
        "must not lead upwards with `..`",
      ]);
    },
  );

  test("must be called as its file", () => {
    expect(words(destinationIssues(webhook, "other"))).toEqual([
      "the destination is called hook and its file other; they must be the same",
    ]);
  });
});

describe("a route", () => {
  test("as the documents show it has no issues", () => {
    expect(routeIssues({})).toEqual([]);
    expect(routeIssues({ segment: undefined, criteria: "customer.charges > 10.0" })).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "a field that does not exist",
      { fields: ["customer_id", "charge"], totals: [] },
      'customers has no field charge; did you mean "charges"?',
    ],
    ["a field twice", { fields: ["charges", "charges"] }, "charges is named twice"],
    [
      "a total that does not leave",
      { fields: ["customer_id"] },
      "charges is not among the fields that leave; a total of a hidden field would say something about it",
    ],
    [
      "a total of a text",
      { totals: ["customer_id"] },
      "customer_id is not a number; totals are over integer and decimal fields",
    ],
    [
      "a purpose that the contract does not have",
      { purpose: "marketin" },
      'the contract does not allow the purpose marketin; did you mean "marketing"?',
    ],
    [
      "a purpose that the agreement with the recipient does not have",
      { purpose: "analytics" },
      "the agreement with partner does not allow the purpose analytics; it allows marketing",
    ],
    [
      "a longer retention than was agreed",
      { retention: "P367D" },
      "the agreement with partner lets it keep data for P1Y at most; shorten the retention",
    ],
    [
      "a destination that does not exist",
      { destination: "hoook" },
      'there is no destination hoook; did you mean "hook"?',
    ],
    [
      "a segment that does not exist",
      { segment: "vip-customers" },
      "there is no segment vip-customers; add segments/vip-customers.yaml",
    ],
    [
      "segment and criteria at once",
      { criteria: "true" },
      "must have either a segment or criteria, and not both",
    ],
    [
      "neither segment nor criteria",
      { segment: undefined },
      "must have either a segment or criteria, and not both",
    ],
    ["a schedule that is none", { schedule: { cron: "every monday" } }, "is not a cron expression"],
    [
      "a schedule that never comes",
      { schedule: { cron: "0 0 31 2 *" } },
      "is not a cron expression",
    ],
    [
      "a retention that is no duration",
      { retention: "30 days" },
      "an ISO 8601 duration such as P30D",
    ],
    ["no fields", { fields: [], totals: [] }, "must name at least one field"],
  ])("with %s is refused", (_, changes, expected) => {
    expect(words(routeIssues(changes))).toEqual([expected]);
  });

  test("says everything that is wrong at once", () => {
    expect(routeIssues({ purpose: "x", destination: "y", fields: ["a"], totals: [] })).toHaveLength(
      3,
    );
  });

  test("of a contract without customers has nothing to deliver", () => {
    const files = [...surroundings, definition("route", "list", route)];
    expect(words(checkRoutes(files, { ...catalogue, datasets: [] }))).toEqual([
      "the contract has no customers dataset, so there is nothing to deliver",
    ]);
  });
});
