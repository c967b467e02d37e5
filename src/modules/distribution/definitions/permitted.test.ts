import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { catalogue, folder, recipient } from "../../../../tests/distribution/scene.ts";
import { PERMIT_ALL } from "../../../../tests/support/policies.ts";
import type { Definition } from "../../contracts/index.ts";
import { checkPermitted } from "./permitted.ts";

function definition(kind: Definition["kind"], name: string, body: unknown): Definition {
  const file = `${kind}s/${name}`;
  const sha256 = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return { kind, name, file, body, sha256, locate: () => undefined };
}

const route = {
  route: "list",
  criteria: "customer.charges > 10.0",
  destination: "files",
  purpose: "marketing",
  legalBasis: "consent",
  fields: ["customer_id", "charges"],
  totals: ["charges"],
  retention: "P30D",
  erasureWithin: "PT72H",
};

/** What is said of the route under some policies. */
function said(policies: string | undefined, changes: object = {}, of: object = recipient) {
  const definitions = [
    definition("recipient", "partner", of),
    definition("destination", "files", folder("files", "csv")),
    definition("route", "list", { ...route, ...changes }),
    ...(policies === undefined
      ? []
      : [definition("policy", "all", { policy: "all", text: policies })]),
  ];
  return checkPermitted(definitions, catalogue).map(({ at, message }) => `${at} ${message}`);
}

const permit = (form: string, field: string, when = ""): string =>
  `permit (principal, action == Action::"${form}", resource == Field::"customers.${field}")${when};`;

const CLEAR_IDS = permit("clear", "customer_id");

describe("a route", () => {
  test("whose recipient may have its fields of somebody at some time has no issues", () => {
    expect(said(PERMIT_ALL)).toEqual([]);
    const active = " when { context.customer has active && context.customer.active == true }";
    const later = ' when { context.now > datetime("2030-01-01") }';
    expect(said(`${CLEAR_IDS} ${permit("clear", "charges", active)}`)).toEqual([]);
    expect(said(`${CLEAR_IDS} ${permit("clear", "charges", later)}`)).toEqual([]);
  });

  test("is refused where a field would be absent of everybody, and where a total would tell more", () => {
    expect(said(CLEAR_IDS)).toEqual([
      expect.stringMatching(/fields.* no policy permits partner to have charges for marketing/u),
    ]);
    expect(said(`${CLEAR_IDS} ${permit("bucket", "charges")}`)).toEqual([
      expect.stringMatching(/totals.* a total of charges would tell what partner may not have/u),
    ]);
  });

  test("is not judged by an agreement that is to begin, nor without policies", () => {
    const agreement = { ...recipient.agreement, from: "2031-01-01", until: "2032-01-01" };
    expect(said(PERMIT_ALL, {}, { ...recipient, agreement })).toEqual([]);
    expect(said(undefined)).toEqual([]);
  });
});
