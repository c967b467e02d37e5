/**
 * Strangers who share a first name and a town are many more than people who are in a file twice. Learning
 * must not take the ones for the others: that is how unsupervised linkage goes wrong without a word.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { generate } from "../../src/entry/generator/index.ts";
import {
  evaluateLinked,
  inputColumn,
  linkFiles,
  truthOf,
} from "../../src/modules/linkage/index.ts";
import { DuckDb } from "../../src/platform/duckdb/index.ts";

/** Who each contact is, by the generator. */
async function persons(folder: string): Promise<ReadonlyMap<string, string>> {
  const [, ...lines] = (await readFile(join(folder, "truth.csv"), "utf8")).trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [source, record = "", person = ""] = line.trim().split(",");
      return [`${source} ${record}`, person];
    }),
  );
}

test("contacts without a number are told apart from their namesakes in town", async () => {
  const out = await mkdtemp(join(tmpdir(), "waybill-strangers-"));
  onTestFinished(() => rm(out, { recursive: true }));
  await generate({ client: "telecom", customers: 5_000, seed: 42, errors: { badRows: 0 }, out });
  await using duck = await DuckDb.open();

  const linked = await linkFiles(duck, {
    files: [join(out, "crm_contacts.csv")],
    ignore: ["contact_id", "customer_number"],
    seed: 1,
  });

  const known = await persons(out);
  const contacts = await inputColumn(duck, linked.input, "contact_id");
  const truth = truthOf(contacts.map((contact) => known.get(`crm ${contact}`) ?? null));
  const { best, groups, truePairs } = evaluateLinked(linked, truth);
  expect(truePairs).toBeGreaterThan(500);
  expect(best.f1).toBeGreaterThan(0.99);
  expect(groups.pairs.precision).toBeGreaterThan(0.99);
  expect(groups.pairs.recall).toBeGreaterThan(0.98);
}, 60_000);
