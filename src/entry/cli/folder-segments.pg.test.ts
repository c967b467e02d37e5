import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attempt, CONTRACT, shopFolder } from "../../../tests/end-to-end/scene.ts";
import { testDatabase } from "../../../tests/support/database.ts";
import { FixedClock, InvariantError } from "../../kernel/index.ts";
import {
  applyFolder,
  type ClientFolder,
  getClient,
  planFolder,
  readFolder,
} from "../../modules/contracts/index.ts";
import { settleSegments } from "../../modules/segments/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { definitionChecks } from "../definition-checks.ts";
import {
  type FolderSegments,
  planFolderSegments,
  renderFolderSegments,
} from "./folder-segments.ts";

const clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));

/** Has a field that the contract in force has not. */
const LONGER = CONTRACT.replace("version: 1.0.0", "version: 1.1.0").replace(
  "- {name: points, logicalType: integer}",
  "- {name: points, logicalType: integer}\n      - {name: tier, logicalType: string}",
);

async function folderOf(
  segments: Readonly<Record<string, string>>,
  contract = CONTRACT,
): Promise<ClientFolder> {
  await using written = await shopFolder({ contract });
  await mkdir(join(written.path, "segments"));
  for (const [segment, criteria] of Object.entries(segments)) {
    const lines = [
      `segment: ${segment}`,
      "title: Some",
      "kind: demographic",
      "owner: team",
      "purpose: analytics.reporting",
      `criteria: ${JSON.stringify(criteria)}`,
    ];
    await writeFile(join(written.path, "segments", `${segment}.yaml`), lines.join("\n"));
  }
  return await readFolder(written.path);
}

/** Thirty customers with 1 to 30 points, and memberships as the folder says. */
async function applied(
  db: Database,
  segments: Readonly<Record<string, string>>,
): Promise<ClientFolder> {
  const folder = await folderOf(segments);
  await applyFolder(db, folder, definitionChecks(), { actor: "ann", clock, allow: [] });
  const client = await getClient(db, "shop");
  const rows = Array.from({ length: 30 }, (_, n) => `C${n},${n + 1}`);
  await attempt(db, client, { content: ["number,points", ...rows, ""].join("\n") });
  await settleSegments({ db, ...client }, { clock, actor: "ann" });
  return folder;
}

async function planned(db: Database, folder: ClientFolder): Promise<FolderSegments | undefined> {
  const protect = () => Promise.reject(new InvariantError("the shop seals nothing"));
  const plan = await planFolder(db, folder, definitionChecks());
  const { signal } = new AbortController();
  return await planFolderSegments({ db, clock, protect }, { folder, plan, signal });
}

test("who would enter and leave is counted for new, changed and removed segments, and for no other", async () => {
  await using database = await testDatabase();
  const { db } = database;
  await applied(db, {
    kept: "customer.points > 5",
    keen: "customer.points > 10",
    gone: "customer.points > 0",
  });

  const segments = await planned(
    db,
    await folderOf({
      kept: "customer.points > 5",
      keen: "customer.points > 20",
      all: "customer.points >= 1",
    }),
  );

  const byName = new Map(segments?.plans?.map((plan) => [plan.segment, plan]));
  expect(byName).toEqual(
    new Map(
      [
        { segment: "all", kind: "added", before: 0, after: 30, entering: 30, leaving: 0 },
        { segment: "gone", kind: "removed", before: 30, after: 0, entering: 0, leaving: 30 },
        { segment: "keen", kind: "changed", before: 20, after: 10, entering: 0, leaving: 10 },
      ].map((plan) => [plan.segment, plan]),
    ),
  );
});

test("a folder that changes no segment says nothing of any, and neither does a client that is new", async () => {
  await using database = await testDatabase();
  const { db } = database;

  expect(await planned(db, await folderOf({ keen: "customer.points > 10" }))).toBeUndefined();

  const folder = await applied(db, { keen: "customer.points > 10" });
  expect(await planned(db, folder)).toBeUndefined();
});

test("where segments ask for what only the new contract has, nobody can be counted yet", async () => {
  await using database = await testDatabase();
  const { db } = database;
  await applied(db, { keen: "customer.points > 10" });

  const segments = await planned(db, await folderOf({ keen: 'customer.tier == "gold"' }, LONGER));

  expect(segments).toEqual({ minimum: 10, plans: undefined });
  expect(segments && renderFolderSegments(segments)).toBe(
    "who would enter and leave segments can be counted when the contract is applied",
  );
});
