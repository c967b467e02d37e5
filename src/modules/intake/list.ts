import type { Database } from "../../platform/postgres/index.ts";
import type { Client } from "../contracts/index.ts";
import { type Intake, selectIntakes } from "./store/intakes.ts";

/** A page of a client's intakes, newest first. */
export function listIntakes(
  db: Database,
  client: Client,
  page: { readonly before?: bigint | undefined; readonly limit: number },
): Promise<Intake[]> {
  return db.scoped(client.scope, (tx) => selectIntakes(tx, page), { readOnly: true });
}
