/** Keeps people who were erased from coming back with the next file that names them. */
import type { Transaction } from "../../platform/postgres/index.ts";
import { type Catalogue, type CustomerDataset, findDataset } from "../contracts/index.ts";
import type { Protection } from "../protection/index.ts";
import { stageName } from "./store/stage.ts";
import {
  countWithheld,
  hasSuppressions,
  insertSuppressions,
  selectStages,
  withholdRows,
  type StagedRows,
} from "./store/suppressions.ts";

/** The secret that a client's suppressions are hashed with. It lies with the keys, not with the data. */
function suppressionKey(protection: Protection): Buffer {
  return protection.keyedHash("suppression", "key");
}

export interface Suppression {
  readonly catalogue: Catalogue;
  readonly dataset: CustomerDataset;
  readonly protection: Protection;
  readonly request: string;
  readonly customer: bigint;
  readonly at: Date;
}

/**
 * Suppresses a customer by everything that its records are named by, and takes rows about it out of the
 * staging tables that wait. Rows that are staged later are taken out when they are merged. The caller has
 * the turn to change customers, and removes the records afterwards.
 * @returns hashes kept, and staged rows that went
 */
export async function suppressCustomer(
  tx: Transaction,
  { catalogue, dataset, protection, request, customer, at }: Suppression,
): Promise<{ readonly suppressed: number; readonly staged: number }> {
  const key = suppressionKey(protection);
  const suppressed = await insertSuppressions(tx, dataset, { key, request, customer });
  let staged = 0;
  for (const { intake, dataset: name } of await selectStages(tx)) {
    const of = findDataset(catalogue, name);
    if (of !== undefined) {
      const range = { from: 0, to: Number.MAX_SAFE_INTEGER };
      const rows = { ...range, dataset: of, key, intake, stage: stageName(intake), at };
      const withheld = await withholdRows(tx, rows);
      await countWithheld(tx, intake, withheld);
      staged += withheld;
    }
  }
  return { suppressed, staged };
}

/** Takes rows about people who were erased out of what is merged. */
export type Withholding = (tx: Transaction, rows: Omit<StagedRows, "key">) => Promise<number>;

/**
 * For one merge. Where nobody is suppressed it costs one look, and asks for no keys.
 * @param protection how the client's protection is had
 */
export function withholding(protection: () => Promise<Protection>): Withholding {
  let key: Promise<Buffer | undefined> | undefined;
  return async (tx, rows) => {
    key ??= hasSuppressions(tx).then(async (any) =>
      any ? suppressionKey(await protection()) : undefined,
    );
    const known = await key;
    if (known === undefined) {
      return 0;
    }
    const withheld = await withholdRows(tx, { ...rows, key: known });
    await countWithheld(tx, rows.intake, withheld);
    return withheld;
  };
}
