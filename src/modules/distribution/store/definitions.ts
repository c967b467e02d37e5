/** Definitions as they were last applied. */
import type { Transaction } from "../../../platform/postgres/index.ts";

/** A definition in force. */
export interface StoredDefinition {
  readonly name: string;
  readonly version: number;
  readonly body: unknown;
}

/** The newest version of every definition of a kind that was not removed, by name. */
export async function storedDefinitions(
  tx: Transaction,
  kind: "route" | "destination" | "segment",
): Promise<StoredDefinition[]> {
  return await tx.rows<StoredDefinition>(
    `select name, version, body
       from (select distinct on (name) name, version, body
               from _definitions
              where kind = $1
              order by name, version desc) as newest
      where body is not null
      order by name`,
    [kind],
  );
}
