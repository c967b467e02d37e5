/** Values of sealed fields on their way through intake and merge: as clear ones, and nowhere in clear. */
import { expect, test } from "vitest";
import { findDataset, hasSealedFields } from "../../src/modules/contracts/index.ts";
import { memoryProtection } from "../../src/modules/protection/testing/memory-protection.ts";
import { testDatabase } from "../support/database.ts";
import { bringFiles, CLEAR_CONTRACT, type Clinic, openClinic, SECRETS } from "./clinic.ts";
import { stateOf } from "./clinic-state.ts";
import { textsOfSchema } from "./texts-of-schema.ts";

test("a client that seals goes the same way as one that does not, value for value and change for change", async () => {
  await using sealedData = await testDatabase();
  await using clearData = await testDatabase();
  const protection = memoryProtection("clinic");
  const sealed = await openClinic({ db: sealedData.db, protection });
  const clear = await openClinic({ db: clearData.db, protection, contract: CLEAR_CONTRACT });

  const reports = [await bringFiles(sealed), await bringFiles(clear)].map((all) =>
    all.map(({ read, accepted, changed, unchanged, quarantined, waiting, attached }) => ({
      read,
      accepted,
      changed,
      unchanged,
      quarantined,
      waiting,
      attached,
    })),
  );

  expect(sealed.client.catalogue.datasets.every(hasSealedFields)).toBe(true);
  expect(reports[0]).toEqual(reports[1]);
  expect(await stateOf(sealed)).toEqual(await stateOf(clear));
});

test("no table holds a sealed value in clear: no row, no key, no history, no quarantine", async () => {
  await using sealedData = await testDatabase();
  await using clearData = await testDatabase();
  const protection = memoryProtection("clinic");
  const sealed = await openClinic({ db: sealedData.db, protection });
  const clear = await openClinic({ db: clearData.db, protection, contract: CLEAR_CONTRACT });
  await bringFiles(sealed);
  await bringFiles(clear);

  const found = async ({ db, client }: Clinic): Promise<string[]> => {
    const texts = await textsOfSchema(db, client.scope);
    return SECRETS.filter((secret) => texts.some((text) => text.includes(secret)));
  };

  expect(await found(clear)).toEqual(SECRETS);
  expect(await found(sealed)).toEqual([]);
});

test("records of one person under two keys seal to other bytes with one blind index", async () => {
  await using database = await testDatabase();
  const clinic = await openClinic({ db: database.db, protection: memoryProtection("clinic") });
  await bringFiles(clinic);

  const [row] = await clinic.db.scoped(clinic.client.scope, (tx) =>
    tx.rows<{ values: bigint; indexes: bigint }>(
      `select count(distinct passport) as values, count(distinct substring(passport for 16)) as indexes
         from patients__records where _id = (select _id from patients where name = 'Ann Ash')`,
    ),
  );

  expect(findDataset(clinic.client.catalogue, "patients")?.fields.length).toBe(13);
  expect(row).toEqual({ values: 2n, indexes: 1n });
});
