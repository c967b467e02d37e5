import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resumeErasures, sendNotices } from "../../src/modules/rights/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { type KeyScene, keyScene } from "../protection/scene.ts";
import { keysIn } from "./real-keys.ts";
import { disclose, NOW, openRights, recordOf, type RightsScene } from "./scene.ts";

let database: TestDatabase;
let keys: KeyScene;

beforeAll(async () => {
  database = await testDatabase({ poolSize: 4 });
  keys = await keyScene();
  await keys.place("acme");
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
});

/** A client whose keys lie where processes come and go. */
async function openScene(): Promise<RightsScene> {
  const { deps, ...scene } = await openRights(database.db);
  return { ...scene, deps: { ...deps, protection: await keysIn(keys.database.db, keys.folder) } };
}

const program = path.resolve("tests/rights/interrupted-erasure.ts");

/** Erases Ada in a process that dies at a point. @returns ids of the notices it has sent */
async function eraseUntil(scene: RightsScene, point: string): Promise<string[]> {
  const { customer } = await recordOf(scene.world, "AL-1815");
  const { schema } = scene.world.scope;
  const args = [program, database.url, schema.replace(/^c_/u, ""), String(customer), point];
  args.push(keys.database.url, keys.folder);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
  return said.split("\n").filter((line) => line !== "");
}

async function stateOf({ world }: RightsScene): Promise<object> {
  const [row] = await world.query<object>(
    `select (select count(*)::int from customers__records where _key = 'AL-1815') as records,
            (select array_agg(state) from _rights_requests) as requests,
            (select array_agg(state) from _obligations) as obligations,
            (select count(*)::int from _changes where kind = 'customer-erased') as changes`,
  );
  return row ?? {};
}

/** What a server does that looks after it. @returns ids of the notices it has sent */
async function goOn({ deps, client }: RightsScene): Promise<string[]> {
  const told: string[] = [];
  await resumeErasures(deps, { client, actor: "worker:rights" });
  await sendNotices(deps, {
    client,
    actor: "worker:rights",
    tell: ({ id }) => {
      told.push(id);
      return Promise.resolve("folder");
    },
  });
  return told;
}

const NOTHING = { records: 1, requests: null, obligations: null, changes: 0 };
const ERASED = { records: 0, changes: 1 };
const TOLD = { ...ERASED, requests: ["informing"], obligations: ["sent"] };

test.for([
  { point: "rows", left: NOTHING, after: NOTHING },
  {
    point: "keys",
    left: { ...ERASED, requests: ["keys"], obligations: ["open"] },
    after: TOLD,
  },
  {
    point: "destroyed",
    left: { ...ERASED, requests: ["keys"], obligations: ["open"] },
    after: TOLD,
  },
])(
  "an erasure that is killed at '$point' has done nothing or all of it, and is gone on with",
  { timeout: 60_000 },
  async ({ point, left, after }) => {
    const scene = await openScene();
    await disclose(scene.world, [(await recordOf(scene.world, "AL-1815")).customer]);

    await eraseUntil(scene, point);
    expect(await stateOf(scene)).toEqual(left);
    await goOn(scene);

    expect(await stateOf(scene)).toEqual(after);
  },
);

test("a notice that was sent by a process that was killed is sent again under its number", async () => {
  const scene = await openScene();
  await disclose(scene.world, [(await recordOf(scene.world, "AL-1815")).customer]);

  const first = await eraseUntil(scene, "told");
  expect(await goOn(scene)).toEqual([]);
  scene.deps.clock.set(new Date(NOW.getTime() + 16 * 60_000));

  expect(await goOn(scene)).toEqual(first);
  expect(await stateOf(scene)).toEqual(TOLD);
}, 60_000);
