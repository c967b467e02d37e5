/** What an operator types about keys. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FixedClock } from "../../src/kernel/index.ts";
import { Keys } from "../../src/entry/protecting.ts";
import { shredded } from "../../src/modules/protection/index.ts";
import { type Ended, examples, runWaybill } from "../end-to-end/waybill-process.ts";
import { testDatabase } from "../support/database.ts";
import { residentWaybill } from "../support/resident.ts";

const ssn = { dataset: "customers", field: "ssn" };

test("keys are looked at, rotated, retired and destroyed once more after a restored backup", async () => {
  await using database = await testDatabase();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "waybill-keys-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const data = join(folder, "data");
  const { program } = stack.use(await residentWaybill());
  const run = (...args: string[]): Promise<Ended> =>
    runWaybill([...args, "--json"], { program, data, database: database.url });
  const said = async (...args: string[]): Promise<ReturnType<typeof JSON.parse>> => {
    const { stdout } = await run(...args);
    return JSON.parse(stdout);
  };
  await run("apply", join(examples, "telecom"));
  const clock = new FixedClock(new Date("2026-11-22T08:00:00Z"));
  const openKeys = (): Keys =>
    new Keys({ databaseUrl: database.url, further: undefined, dataDir: data, clock, settings: {} });
  const first = stack.use(openKeys());
  const protection = await first.protect("telecom");
  const handles = ["1", "2"].map((key) => protection.handleOf(["customers", "crm", key]));
  const sealer = await protection.sealer(handles);
  const values = handles.map((handle) => sealer.seal(handle, ssn, "078-05-1120"));

  expect(await said("keys", "rotate", "telecom")).toMatchObject({
    keyId: "file:telecom/2",
    master: 2,
    rewrapped: 2,
  });
  expect(await said("keys", "retire", "telecom")).toMatchObject({ retired: ["file:telecom/1"] });
  await protection.destroy(handles.slice(0, 1));
  expect(await said("keys", "status", "telecom")).toMatchObject({
    master: 2,
    keys: [{ master: 2, keys: 1 }],
    destroyed: 1,
    unused: [],
  });

  const journal = join(data, "keys", "destroyed", "telecom");
  await cp(journal, join(folder, "journal"));
  await protection.revive(handles.slice(0, 1));
  await protection.sealer(handles);
  const copy = join(folder, "journal");
  const [replayed, verified, log] = await Promise.all([
    said("keys", "replay-destroyed", "telecom", "--journal", copy),
    run("keys", "verify", "telecom"),
    said("ledger", "log", "telecom", "--about", "keys"),
  ]);
  expect(replayed).toMatchObject({ added: 0, removed: 0 });
  expect({ code: verified.code, ...JSON.parse(verified.stdout) }).toMatchObject({
    code: 0,
    isSound: true,
  });
  expect(log.entries[0].entry).toMatchObject({
    kind: "key-rotated",
    key: { id: "file:telecom/2", version: 2 },
  });
  const opener = await (await stack.use(openKeys()).protect("telecom")).opener(values);
  expect(values.map((value) => opener.open(ssn, value))).toEqual([shredded, "078-05-1120"]);
}, 120_000);
