import type { Client } from "../../modules/contracts/index.ts";
import { countRows, lastChange } from "../../modules/customers/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";

interface Counted {
  readonly contractVersionNo: number;
  readonly change: bigint;
  readonly rows: ReadonlyMap<string, bigint>;
}

/**
 * Counts the rows of a client's datasets, and counts again only when the client's change log has moved:
 * a count reads the whole table, and a page that refreshes itself asks for it all day.
 */
export class RowCounter {
  readonly #known = new Map<string, Counted>();

  /** Rows by dataset. */
  async count(tx: Transaction, client: Client): Promise<ReadonlyMap<string, bigint>> {
    const { key, contractVersionNo, catalogue } = client;
    const change = await lastChange(tx);
    const known = this.#known.get(key);
    if (known?.change === change && known.contractVersionNo === contractVersionNo) {
      return known.rows;
    }
    const rows = new Map<string, bigint>();
    for (const { name } of catalogue.datasets) {
      rows.set(name, await countRows(tx, name));
    }
    this.#known.set(key, { contractVersionNo, change, rows });
    return rows;
  }
}
