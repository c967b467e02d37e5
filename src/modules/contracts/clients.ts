import { NotFoundError, didYouMean } from "../../kernel/index.ts";
import { findScope, listScopes } from "../../platform/postgres/index.ts";
import type { Database, NamedScope, Scope } from "../../platform/postgres/index.ts";
import type { Catalogue } from "./catalogue.ts";
import { currentContract, isPrepared } from "./store/versions.ts";

/** A client with its contract in force. */
export interface Client {
  readonly key: string;
  readonly scope: Scope;
  readonly catalogue: Catalogue;
  /** Counts the contracts that were applied; deliveries and intakes cite it. */
  readonly contractVersionNo: number;
}

/**
 * A client by its key.
 * @throws NotFoundError `client-unknown` when no contract of that client was applied
 */
export async function getClient(db: Database, key: string): Promise<Client> {
  const scope = await findScope(db, key);
  const client = scope === undefined ? undefined : await readClient(db, scope);
  if (client !== undefined) {
    return client;
  }
  const keys = (await listScopes(db)).map((one) => one.key);
  const near = didYouMean(
    key,
    keys.filter((one) => one !== key),
  );
  throw new NotFoundError(
    "client-unknown",
    `there is no client ${JSON.stringify(key.slice(0, 40))}`,
    {
      hint: near ?? "waybill clients lists them; waybill apply FOLDER makes one",
    },
  );
}

/** Every client that has a contract, in the order of the keys. */
export async function listClients(db: Database): Promise<Client[]> {
  const clients: Client[] = [];
  for (const scope of await listScopes(db)) {
    const client = await readClient(db, scope);
    if (client !== undefined) {
      clients.push(client);
    }
  }
  return clients;
}

async function readClient(db: Database, scope: NamedScope): Promise<Client | undefined> {
  const contract = await db.scoped(
    scope,
    async (tx) => ((await isPrepared(tx)) ? await currentContract(tx) : undefined),
    { readOnly: true },
  );
  if (contract === undefined) {
    return undefined;
  }
  const { catalogue, versionNo } = contract;
  return { key: scope.key, scope, catalogue, contractVersionNo: versionNo };
}
