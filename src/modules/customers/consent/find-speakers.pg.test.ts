import { expect, test } from "vitest";
import { customers, testCatalogue } from "../../../../tests/support/catalogue.ts";
import { person, World } from "../../../../tests/customers/world.ts";
import type { Catalogue, CustomerDataset } from "../../contracts/index.ts";
import { findSpeakers, type BlindIndex } from "./find-speakers.ts";
import type { StatementLine } from "./read-lines.ts";

const NOW = new Date("2026-06-01T12:00:00Z");

function byKey(key: string): StatementLine {
  return {
    line: 2,
    whose: { by: "key", source: "crm", key },
    statement: {
      purpose: "marketing",
      channel: "any",
      granted: true,
      statedAt: NOW,
      startsAt: NOW,
      expiresAt: undefined,
      source: "test",
      proof: undefined,
      proofSha256: undefined,
    },
  };
}

/** As if the blind index of a text were its own bytes, filled up. */
const blindIndex: BlindIndex = (_, text) => Promise.resolve(Buffer.from(text.padEnd(16)));

test.each<[string, CustomerDataset, string, string]>([
  ["of one part as it is", customers, "50%|A", "50%|A"],
  [
    "of several parts as it is shown",
    { ...customers, key: ["customer_no", "city"] },
    "50%25|A%7CB",
    "50%25|A%7CB",
  ],
  [
    "with a sealed part by its blind index",
    {
      ...customers,
      key: ["customer_no", "city"],
      fields: customers.fields.map((field) =>
        field.name === "city" ? { ...field, sealed: true } : field,
      ),
    },
    "50%25|A%7CB",
    `50%25|${Buffer.from("A|B".padEnd(16)).toString("hex")}`,
  ],
])("a key %s finds its record", async (...[, dataset, key, stored]) => {
  const catalogue: Catalogue = { ...testCatalogue, purposes: ["marketing"] };
  await using world = await World.open(catalogue);
  await world.merge({ source: "crm", dataset: customers, rows: [person("A")] });
  await world.query("update customers__records set _key = $1", [stored]);

  const found = await world.db.scoped(world.scope, (tx) =>
    findSpeakers(tx, [byKey(key), byKey("nobody")], { dataset, blindIndex }),
  );

  const [record] = await world.query<{ record: bigint }>(
    "select _record as record from customers__records",
  );
  expect(found).toEqual([record?.record, expect.objectContaining({ at: "record_key" })]);
});
