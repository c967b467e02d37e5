/**
 * A process that delivers, for a test to kill: `node interrupted-delivery.ts URL DATA_DIR ROUTE`.
 * It delivers `list-csv` but never gets to the end of the rows, and says `reading` when it has begun;
 * any other route it delivers in the ordinary way.
 */
import { must } from "../../src/kernel/index.ts";
import { deliver } from "../../src/modules/distribution/index.ts";
import { findScope, openDatabase } from "../../src/platform/postgres/index.ts";
import { catalogue, depsFor, select } from "./scene.ts";

const [, , url = "", dataDir = "", route = ""] = process.argv;
await using db = await openDatabase({ url, poolSize: 4 });
const scope = must(await findScope(db, "acme"), "the test made the scope");
const endless = "select _id from customers where pg_sleep(30) is not null";
const deps = depsFor(db, dataDir, {
  select: route === "list-csv" ? () => Promise.resolve({ sql: endless, values: [] }) : select,
});
process.stdout.write("reading\n");
await deliver(deps, { client: { key: "acme", scope, catalogue }, route, actor: "child" });
