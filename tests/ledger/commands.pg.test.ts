/** What an operator types, and what the auditor of a client does with it afterwards. */
import { createPublicKey } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../../src/entry/generator/index.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { type Ended, examples, runWaybill } from "../end-to-end/waybill-process.ts";
import { testDatabase } from "../support/database.ts";
import { residentWaybill } from "../support/resident.ts";

test("a delivery is proved to be in the ledger, and an altered waybill is not", async () => {
  await using database = await testDatabase();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "waybill-proved-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  const { program } = stack.use(await residentWaybill());
  const run = (...args: string[]): Promise<Ended> =>
    runWaybill(args, { program, data: at("data"), database: database.url });
  const keep = async (name: string, ...args: string[]): Promise<string> => {
    await writeFile(at(name), (await run(...args)).stdout);
    return at(name);
  };

  await run("apply", join(examples, "telecom"));
  const earlier = await keep("earlier", "ledger", "checkpoint", "telecom");
  const delivered = await run("deliver", "telecom", "churn-report", "--json");
  const waybill: string = JSON.parse(delivered.stdout).waybillFile;
  const [proof] = await Promise.all([
    keep("a.tlog-proof", "ledger", "prove", "telecom", "--waybill", waybill),
    run("ledger", "publish", "telecom", "--out", at("public")),
  ]);
  const key = at("operator.pem");
  const own = createPublicKey(await readFile(join(at("data"), "keys", "signing.pem")));
  await writeFile(key, own.export({ type: "spki", format: "pem" }));
  const altered = at("altered.waybill.json");
  await writeFile(altered, (await readFile(waybill, "utf8")).replace("churn-report", "other"));

  const [verified, audited, refused] = await Promise.all([
    run("verify", waybill, "--key", key, "--proof", proof),
    run("ledger", "verify", at("public"), "--key", key, "--earlier", earlier),
    run("verify", altered, "--key", key, "--proof", proof, "--json"),
  ]);

  expect(verified).toMatchObject({ code: 0, stderr: "" });
  expect(audited).toMatchObject({ code: 0, stderr: "" });
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stdout).checks).toContainEqual({
    name: "ledger",
    outcome: "failed",
    detail: "the proof is of something else: not of this waybill as it is",
  });
}, 60_000);

test("whoever is shown a customer is in the ledger, without the customer's being named", async () => {
  await using database = await testDatabase();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "waybill-shown-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const { program } = stack.use(await residentWaybill());
  const run = async (...args: string[]): Promise<ReturnType<typeof JSON.parse>> => {
    const options = { program, data: join(folder, "data"), database: database.url };
    const { stdout } = await runWaybill([...args, "--json"], options);
    return JSON.parse(stdout);
  };
  const { db } = database;
  await generate({ client: "telecom", customers: 5, seed: 1, out: folder });
  await run("apply", join(examples, "telecom"));
  await run("import", "telecom", "customers", join(folder, "billing.csv"));
  const { scope } = await getClient(db, "telecom");
  const [one, two] = await db.scoped(scope, (tx) =>
    tx.rows<{ id: bigint }>("select _id as id from customers order by _id limit 2"),
  );
  const [shown, other] = [String(one?.id), String(two?.id)];

  await run("customer", "show", "telecom", shown);

  const [ofShown, ofOther] = await Promise.all(
    [shown, other].map((id) => run("ledger", "log", "telecom", "--customer", id)),
  );
  expect(ofShown.entries).toEqual([
    {
      index: expect.any(Number),
      entry: {
        version: "1",
        kind: "customer-shown",
        at: expect.any(String),
        actor: expect.stringMatching(/^cli:/u),
        about: expect.stringMatching(/^[0-9a-f]{64}$/u),
        access: {
          recipient: "operations",
          purpose: "essential.service.operations.support",
          policy: expect.stringMatching(/^[0-9a-f]{64}$/u),
          act: "show",
          fields: expect.objectContaining({ clear: expect.arrayContaining(["city"]) }),
        },
      },
    },
  ]);
  expect(ofOther.entries).toEqual([]);
}, 60_000);
