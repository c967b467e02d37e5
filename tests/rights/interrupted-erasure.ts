/**
 * A process that erases a customer and kills itself on the way:
 * `node interrupted-erasure.ts URL SCOPE CUSTOMER POINT KEYS_URL KEYS_FOLDER`. The points, in the order in which they come:
 * `rows` within the transaction, `keys` after it, `destroyed` when the keys are gone and nothing says so,
 * `told` when the recipient has the notice and nothing says so.
 */
import { must } from "../../src/kernel/index.ts";
import {
  destroyKeys,
  eraseData,
  prepareErasure,
  type RightsDeps,
  sendNotices,
} from "../../src/modules/rights/index.ts";
import { findScope, openDatabase } from "../../src/platform/postgres/index.ts";
import { testCatalogue } from "../support/catalogue.ts";
import { keysIn } from "./real-keys.ts";
import { depsFor } from "./scene.ts";

const [, , url = "", key = "", customer = "", point = "", keysUrl = "", keysFolder = ""] =
  process.argv;

function dieAt(here: string): void {
  if (here === point) {
    process.kill(process.pid, "SIGKILL");
  }
}

await using db = await openDatabase({ url, poolSize: 4 });
await using keys = await openDatabase({ url: keysUrl, poolSize: 2 });
const scope = must(await findScope(db, key), "the test made the scope");
const client = { key: "acme", scope, catalogue: testCatalogue };
const plain = { ...depsFor(db), protection: await keysIn(keys, keysFolder) };
let ids = 0;
const deps: RightsDeps = {
  ...plain,
  newId: () => {
    ids += 1;
    // The first is the request's; the others are made while the transaction is open.
    dieAt(ids > 1 ? "rows" : "");
    return plain.newId();
  },
  protection: {
    ...plain.protection,
    destroy: async (handles) => {
      dieAt("keys");
      const destruction = await plain.protection.destroy(handles);
      dieAt("destroyed");
      return destruction;
    },
  },
};
const input = { client, customer: BigInt(customer), reason: "asked", actor: "child" };
const prepared = await prepareErasure(deps, input);
await eraseData(deps, input, prepared);
await destroyKeys(deps, { client, request: prepared.request, actor: "child" });
await sendNotices(deps, {
  client,
  actor: "child",
  tell: ({ id }) => {
    process.stdout.write(`${id}\n`);
    dieAt("told");
    return Promise.resolve("folder");
  },
});
