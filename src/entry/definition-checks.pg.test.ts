/** What happens to segments when the contract changes under them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CONTRACT, shopFolder } from "../../tests/end-to-end/scene.ts";
import { testDatabase } from "../../tests/support/database.ts";
import { FixedClock } from "../kernel/index.ts";
import { applyFolder, getClient, planFolder, readFolder } from "../modules/contracts/index.ts";
import {
  applySegment,
  readSegmentFile,
  removeSegment,
  type SegmentClient,
} from "../modules/segments/index.ts";
import type { Database } from "../platform/postgres/index.ts";
import { definitionChecks } from "./definition-checks.ts";

const clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));
const by = { actor: "ann", at: clock.now() };

/** The contract in a higher version, without the points. */
const SHORTER = CONTRACT.replace("version: 1.0.0", "version: 2.0.0").replace(
  "- {name: points, logicalType: integer}",
  "",
);

/** And the birthday is a text. */
const RETYPED = SHORTER.replace(
  "{name: born, logicalType: date}",
  "{name: born, logicalType: string}",
);

function segmentText(name: string, criteria: string): string {
  return [
    `segment: ${name}`,
    "title: Some",
    "kind: demographic",
    "owner: team",
    "purpose: analytics.reporting",
    `criteria: ${JSON.stringify(criteria)}`,
  ].join("\n");
}

async function apply(
  db: Database,
  contract: string,
  segments: Readonly<Record<string, string>> = {},
): Promise<SegmentClient> {
  await using written = await shopFolder({ contract });
  await mkdir(join(written.path, "segments"));
  for (const [name, criteria] of Object.entries(segments)) {
    await writeFile(join(written.path, "segments", `${name}.yaml`), segmentText(name, criteria));
  }
  const folder = await readFolder(written.path);
  const allow = ["drop:customers.points"];
  await applyFolder(db, folder, definitionChecks(), { actor: "alice", clock, allow });
  const { scope, catalogue } = await getClient(db, "shop");
  return { db, scope, catalogue };
}

async function applyOwn(client: SegmentClient, name: string, criteria: string): Promise<void> {
  const bytes = new TextEncoder().encode(segmentText(name, criteria));
  await applySegment(client, readSegmentFile(bytes, `${name}.yaml`).file, by);
}

test("a contract that would break a segment of the folder is refused at the segment's place, with the way out", async () => {
  await using database = await testDatabase();
  const segments = { adults: "age(customer.born) >= 18", keen: "customer.points > 10" };
  await apply(database.db, CONTRACT, segments);

  const refused = apply(database.db, RETYPED, segments);

  await expect(refused).rejects.toMatchObject({
    code: "definitions-invalid",
    issues: [
      { at: "segments/adults.yaml: criteria", line: 6 },
      {
        at: "segments/keen.yaml: criteria",
        message: 'customers has no field "points" (at character 10)',
        hint: expect.stringContaining(
          "the new contract breaks it: change or remove this segment, or leave that of the contract as it is",
        ),
      },
    ],
  });
});

test("a contract that would break a segment applied by itself is refused, and names it", async () => {
  await using database = await testDatabase();
  const client = await apply(database.db, CONTRACT);
  await applyOwn(client, "keen", "customer.points > 10");

  const refused = apply(database.db, SHORTER);

  await expect(refused).rejects.toMatchObject({
    issues: [
      {
        at: "segment keen, as it was applied: criteria",
        hint: expect.stringContaining("the new contract breaks it"),
      },
    ],
  });
});

test("a segment that was removed holds no contract up", async () => {
  await using database = await testDatabase();
  const client = await apply(database.db, CONTRACT, { adults: "age(customer.born) >= 18" });
  await applyOwn(client, "keen", "customer.points > 10");
  await removeSegment(client, "keen", by);

  const { catalogue } = await apply(database.db, SHORTER);

  expect(catalogue.contractVersion).toBe("2.0.0");
});

test("a folder leaves segments alone that were applied by themselves, and its own may name them", async () => {
  await using database = await testDatabase();
  const client = await apply(database.db, CONTRACT);
  await applyOwn(client, "keen", "customer.points > 10");
  await using written = await shopFolder();
  await mkdir(join(written.path, "segments"));
  const text = segmentText("others", '!in_segment("keen")');
  await writeFile(join(written.path, "segments", "others.yaml"), text);

  const folder = await readFolder(written.path);
  const plan = await planFolder(database.db, folder, definitionChecks());

  expect(plan.changes.map(({ at, text: what }) => [at, what])).toEqual([
    ["segment others", "added"],
  ]);
});

test("a segment that another names is not removed", async () => {
  await using database = await testDatabase();
  const client = await apply(database.db, CONTRACT);
  await applyOwn(client, "keen", "customer.points > 10");
  await applyOwn(client, "others", '!in_segment("keen")');

  await expect(removeSegment(client, "keen", by)).rejects.toMatchObject({
    code: "segment-in-use",
    issues: [{ at: "segment others" }],
  });
});
