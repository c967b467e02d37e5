/** A contract that seals fields whose values lie there in clear, and one that opens them again. */
import { expect, test } from "vitest";
import { quarantinedRows } from "../../src/modules/intake/index.ts";
import { memoryProtection } from "../../src/modules/protection/testing/memory-protection.ts";
import { testDatabase } from "../support/database.ts";
import {
  applyClinic,
  bringFiles,
  CLEAR_CONTRACT,
  type Clinic,
  clinicContract,
  openClinic,
  planClinic,
  REGISTER,
  SECRETS,
  SENSITIVE,
} from "./clinic.ts";
import { historyOf, marksOf, stateOf } from "./clinic-state.ts";
import { textsOfSchema } from "./texts-of-schema.ts";

/** The clinic under another contract. */
async function under(clinic: Clinic, contract: string): Promise<Clinic> {
  const client = await applyClinic(clinic, contract);
  return { ...(await openClinic({ ...clinic, contract })), client };
}

test("a client that seals what lies in clear is as if it had sealed it from the beginning", async () => {
  await using earlyData = await testDatabase();
  await using lateData = await testDatabase();
  const protection = memoryProtection("clinic");
  const early = await openClinic({ db: earlyData.db, protection });
  const clear = await openClinic({ db: lateData.db, protection, contract: CLEAR_CONTRACT });
  await bringFiles(early);
  await bringFiles(clear);

  const late = await under(clear, clinicContract(SENSITIVE, "2.0.0"));

  expect(await stateOf(late)).toEqual(await stateOf(early));
  expect(await marksOf(late)).toEqual(await marksOf(early));
  expect(await historyOf(late)).toEqual(await historyOf(early));
  const texts = await textsOfSchema(late.db, late.client.scope);
  // The segment's file says what it says; its values are sealed when it is kept.
  expect(SECRETS.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([]);
  const { unchanged, changed } = await late.bring("patients", "register", REGISTER);
  expect({ unchanged, changed }).toEqual({ unchanged: 2, changed: 0 });
  const waiting = await quarantinedRows(
    { db: late.db, protect: () => Promise.resolve(protection) },
    late.client,
    { limit: 10 },
  );
  expect(waiting.map(({ original }) => original.toString().split(",")[0])).toEqual([
    "P-9953",
    "P-9953",
  ]);
});

test("a client that opens what is sealed has the values, the keys and the history it would have had", async () => {
  await using sealedData = await testDatabase();
  await using clearData = await testDatabase();
  const protection = memoryProtection("clinic");
  const sealed = await openClinic({ db: sealedData.db, protection });
  const clear = await openClinic({ db: clearData.db, protection, contract: CLEAR_CONTRACT });
  await bringFiles(sealed);
  await bringFiles(clear);

  const opened = await under(sealed, clinicContract([], "2.0.0"));

  expect(await stateOf(opened)).toEqual(await stateOf(clear));
  expect(await historyOf(opened)).toEqual([]);
});

test("a plan says how many rows are rewritten, and an intake that is held is decided first", async () => {
  await using database = await testDatabase();
  const protection = memoryProtection("clinic");
  const clinic = await openClinic({
    db: database.db,
    protection,
    contract: CLEAR_CONTRACT,
    sources: { "register.yaml": "source: register\ndataset: patients\nrejects: {rows: 0}\n" },
  });
  await clinic.bring("patients", "register", REGISTER);
  const held = await clinic.bring("patients", "register", REGISTER.replace(",no,", ",perhaps,"));
  const sealing = clinicContract(SENSITIVE, "2.0.0");

  const plan = await planClinic(clinic, sealing);
  const applying = under(clinic, sealing);

  expect(held.state).toBe("held");
  expect(plan.changes.find(({ at }) => at === "patients.diagnosis")).toMatchObject({
    text: "is now sealed; 2 rows are rewritten",
    effect: "safe",
    violations: 0,
  });
  await expect(applying).rejects.toMatchObject({ code: "intake-held" });
});
