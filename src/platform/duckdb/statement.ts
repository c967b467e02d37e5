/** Statements that are prepared once and run often. */
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { interruptible, withoutValues } from "./interruptible.ts";

/** To be disposed of when no run of it is under way. */
export interface Statement extends Disposable {
  /**
   * Runs it with the values of its parameters and gives its rows as objects. DuckDB is at work when this
   * returns, and done whatever JavaScript does meanwhile: a statement that is not prepared yet takes
   * several turns of the event loop before it is, each of which waits for whoever is computing.
   * @throws CancelledError when the signal is aborted
   */
  run<Row>(values: DuckDBValue[], signal?: AbortSignal): Promise<Row[]>;
}

/** Prepares a statement on a connection that nobody else uses, and that is closed with it. */
export async function statementOn(connection: DuckDBConnection, sql: string): Promise<Statement> {
  try {
    const prepared = await withoutValues(() => connection.prepare(sql));
    return {
      async run(values, signal) {
        const result = await interruptible(connection, signal, () => {
          prepared.bind(values);
          return prepared.run();
        });
        return rowsOf(await withoutValues(() => result.getRowObjectsJS()));
      },
      [Symbol.dispose]() {
        prepared.destroySync();
        connection.closeSync();
      },
    };
  } catch (error) {
    connection.closeSync();
    throw error;
  }
}

/** The boundary to DuckDB: what a statement gives is what its caller says it gives. */
function rowsOf<Row>(rows: unknown[]): Row[] {
  return rows as Row[];
}
