/** Recipients and policies for tests of what is shown and sent, in force as if a folder had been applied. */
import { createHash } from "node:crypto";
import type { Catalogue, Field } from "../../src/modules/contracts/index.ts";
import { openSeeing, type Seeing } from "../../src/modules/customers/index.ts";
import { findRecipient, readRecipients } from "../../src/modules/policy/index.ts";
import type { Protection } from "../../src/modules/protection/index.ts";
import type { Database, Scope, Transaction } from "../../src/platform/postgres/index.ts";

/** Everything in clear, for everybody who has an agreement. */
export const PERMIT_ALL = 'permit (principal, action == Action::"clear", resource);';

/** A recipient whose agreement is about everything, for a long time. */
export function testRecipient(
  name: string,
  more: { readonly [member: string]: unknown } = {},
): { readonly recipient: string; readonly [member: string]: unknown } {
  return {
    recipient: name,
    name: `The ${name}`,
    kind: "team",
    jurisdiction: "DE",
    transferMechanism: "none-needed",
    agreement: testAgreement(),
    members: ["cli:*"],
    ...more,
  };
}

/** An agreement about everything, for a long time. */
export function testAgreement(more: { readonly [member: string]: unknown } = {}): object {
  return {
    id: "DPA-1",
    version: "1",
    from: "2020-01-01",
    until: "2099-12-31",
    purposes: ["essential.service"],
    categories: ["user"],
    jurisdictions: ["DE"],
    retention: "P1Y",
    ...more,
  };
}

/**
 * The catalogue with a category for every field, without which nothing may be seen of it, and with a hash
 * that is its own: what was compiled of policies is kept by it.
 */
export function withCategories(
  catalogue: Catalogue,
  categories: Readonly<Record<string, string>> = {},
): Catalogue {
  const categorised = <Fields extends readonly Field[]>(fields: Fields): Field[] =>
    fields.map((field) => ({
      ...field,
      category: categories[field.name] ?? field.category ?? "user",
    }));
  const datasets = catalogue.datasets.map((dataset) => ({
    ...dataset,
    fields: categorised(dataset.fields),
  }));
  const purposes = ["essential.service", ...catalogue.purposes];
  const contractSha256 = createHash("sha256").update(JSON.stringify(datasets)).digest("hex");
  return { ...catalogue, contractSha256, purposes, datasets };
}

/** Puts recipients and one file of policies in force, in the place of those of the same names. */
export async function putInForce(
  db: Database,
  scope: Scope,
  {
    recipients = [testRecipient("desk")],
    policies,
  }: {
    readonly recipients?: readonly {
      readonly recipient: string;
      readonly [member: string]: unknown;
    }[];
    /** The file's text; null removes it. */
    readonly policies: string | null;
  },
): Promise<void> {
  const definitions = [
    ...recipients.map((body) => ({ kind: "recipient", name: body.recipient, body })),
    {
      kind: "policy",
      name: "all",
      body: policies === null ? null : { policy: "all", text: policies },
    },
  ];
  for (const { kind, name, body } of definitions) {
    const text = JSON.stringify(body);
    const sha256 = createHash("sha256").update(text).digest("hex");
    await db.scoped(scope, (tx) =>
      tx.run(
        `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
         select $1, $2, coalesce(max(version), 0) + 1, $3, nullif($4::jsonb, 'null'::jsonb), now(), 'test'
           from _definitions where kind = $1 and name = $2`,
        [kind, name, sha256, text],
      ),
    );
  }
}

/** What a recipient sees, by what is in force. */
export async function seeingAs(
  tx: Transaction,
  catalogue: Catalogue,
  {
    recipient = "desk",
    purpose = "essential.service",
    at = new Date("2026-03-01T12:00:00Z"),
    protection,
  }: {
    readonly recipient?: string;
    readonly purpose?: string;
    readonly at?: Date;
    readonly protection?: Protection;
  } = {},
): Promise<Seeing> {
  return await openSeeing(tx, {
    catalogue,
    recipient: findRecipient(await readRecipients(tx), recipient),
    purpose,
    at,
    protection: () =>
      protection === undefined
        ? Promise.reject(new Error("the test has no protection"))
        : Promise.resolve(protection),
  });
}
