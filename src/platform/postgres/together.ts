/**
 * Statements that go to the server in one message and come back in one answer, as PostgreSQL's extended
 * protocol allows (documentation, 54.2.4 "Pipelining"): after an error the server skips whatever stands
 * before the message's one `Sync`. So a statement behind the `begin` of its transaction runs within
 * it or not at all.
 */
import { type Connection, Query, type PoolClient, type QueryConfig, type QueryResult } from "pg";
import { must } from "../../kernel/index.ts";

/** A statement without values and rows, under the name by which its connection knows it. */
export interface NamedStatement {
  readonly text: string;
  readonly name: string;
  /** The connection knows it already: it is run without being parsed. */
  readonly isKnown: boolean;
}

/**
 * Runs `last` behind the other statements, and returns its result.
 * @param last one statement, also where it has no values: the extended protocol takes no more in one text
 * @throws whatever the first statement that fails throws; those behind it have not run then
 */
export async function runTogether(
  client: PoolClient,
  before: readonly NamedStatement[],
  last: QueryConfig,
): Promise<QueryResult> {
  return await new Promise((resolve, reject) => {
    const answered = (error: Error | null | undefined, results: QueryResult | QueryResult[]) => {
      if (error === null || error === undefined) {
        resolve(lastOf(results));
      } else {
        reject(error);
      }
    };
    client.query(new Together(before, last, answered));
  });
}

/** The driver gives one result by itself, several as a list. */
function lastOf(results: QueryResult | QueryResult[]): QueryResult {
  return Array.isArray(results) ? must(results.at(-1), "each statement has a result") : results;
}

/** A query of the driver that writes other statements before itself. */
class Together extends Query {
  readonly #before: readonly NamedStatement[];

  constructor(
    before: readonly NamedStatement[],
    last: QueryConfig,
    answered: (error: Error | undefined, results: QueryResult | QueryResult[]) => void,
  ) {
    // The simple protocol, which the driver takes for a text without values, is a message of its own.
    const extended = { ...last, queryMode: "extended" };
    super(extended, answered);
    this.#before = before;
  }

  override readonly submit = (connection: Connection): void => {
    connection.stream.cork();
    try {
      for (const { text, name, isKnown } of this.#before) {
        if (!isKnown) {
          connection.parse({ text, name, types: [] }, true);
        }
        connection.bind({ statement: name }, true);
        connection.execute({}, true);
      }
      // Writes its own messages, and the one `Sync` behind them all.
      Query.prototype.submit.call(this, connection);
    } finally {
      connection.stream.uncork();
    }
  };
}
