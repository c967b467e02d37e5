import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { QueryConfig, QueryResult } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { assert, CancelledError, must } from "../../kernel/index.ts";
import { plainArrayLiteral } from "./array-literal.ts";
import { CopyOut } from "./copy-out.ts";
import type { SqlValue, Transaction } from "./door.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import { escapingError } from "./sqlstate.ts";
import { runTogether } from "./together.ts";

/** Chunks of a COPY are gathered to about this size, since every chunk becomes a message. */
const copyMessageBytes = 64 * 1024;

export interface OpenTransactionOptions {
  /** The statements that everything in the transaction stands on: `begin`, and what holds until its end. */
  readonly begin: readonly string[];
  readonly readOnly: boolean;
  readonly signal: AbortSignal | undefined;
  /** The name under which the connection keeps a statement's plan; undefined: it keeps none. */
  readonly nameOf: ((sql: string) => string) | undefined;
}

/**
 * A transaction before its `commit`. It begins with its first statement, in the same message. Statements run
 * one after another in the order they were asked for, also when a caller does not wait in between.
 */
export class OpenTransaction implements Transaction {
  readonly #connection: PooledConnection;
  readonly #options: OpenTransactionOptions;
  #open = true;
  #begun = false;
  #lost = false;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #cursors = 0;
  #failure: unknown;
  #abandoned = false;

  constructor(connection: PooledConnection, options: OpenTransactionOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async rows<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const result = await this.#query(sql, values);
    return parsedRows<Row>(result);
  }

  async row<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row> {
    return must(await this.optionalRow<Row>(sql, values), "the statement promises one row");
  }

  async optionalRow<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row | undefined> {
    const rows = await this.rows<Row>(sql, values);
    assert(rows.length <= 1, () => `a statement that promises one row gave ${rows.length}`);
    return rows[0];
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    const result = await this.#query(sql, values);
    return result.rowCount ?? 0;
  }

  copyIn(
    sql: string,
    chunks: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
  ): Promise<number> {
    return this.#inTurn(async () => {
      await this.#begin();
      const target = this.#connection.client.query(copyFrom(sql));
      const source = Readable.from(gathered(chunks), { objectMode: false });
      const signal = this.#options.signal;
      await pipeline(source, target, signal === undefined ? {} : { signal });
      return target.rowCount;
    });
  }

  async *copyOut(sql: string): AsyncGenerator<Buffer> {
    let finished = (): void => {};
    const whole = new Promise<void>((resolve) => (finished = resolve));
    let ended = false;
    const turn = this.#inTurn(() => this.#begin());
    this.#lastTurn = turn.then(
      () => whole,
      () => undefined,
    );
    await turn;
    try {
      yield* this.#connection.client.query(new CopyOut(sql));
      ended = true;
    } catch (error) {
      throw this.#failed(error);
    } finally {
      if (!ended) {
        this.#abandoned = true;
      }
      finished();
    }
  }

  async *batches<Row>(
    sql: string,
    values: readonly SqlValue[],
    batchSize: number,
  ): AsyncGenerator<Row[]> {
    assert(Number.isSafeInteger(batchSize) && batchSize > 0, () => "a batch has at least one row");
    this.#cursors += 1;
    const cursor = `batches_${this.#cursors}`;
    await this.run(`declare ${cursor} no scroll cursor for ${sql}`, values);
    for (;;) {
      const rows = await this.rows<Row>(`fetch ${batchSize} from ${cursor}`);
      if (rows.length > 0) {
        yield rows;
      }
      if (rows.length < batchSize) {
        break;
      }
    }
    await this.run(`close ${cursor}`);
  }

  /** Whether anything was sent: a transaction without statements never begins. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  /** Its first message failed: there may be no transaction, whose `commit` would say that all is well. */
  get lost(): boolean {
    return this.#lost;
  }

  /** The first error of a statement, once there was one: what a commit that cannot happen reports. */
  get failure(): unknown {
    return this.#failure;
  }

  /** A reader left a `copyOut` before its end: the server still sends, nothing else can be said. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Refuses further statements, and waits for those under way. */
  async end(): Promise<void> {
    this.#open = false;
    await this.#lastTurn;
  }

  #query(sql: string, values: readonly SqlValue[]): Promise<QueryResult> {
    return this.#inTurn(async () => {
      const query = this.#queryOf(sql, values);
      if (!this.#begun && !mayBeSeveral(sql)) {
        return await this.#sendFirst(this.#options.begin, query);
      }
      await this.#begin();
      return await this.#connection.client.query(query);
    });
  }

  #queryOf(sql: string, values: readonly SqlValue[]): QueryConfig {
    if (values.length === 0) {
      return { text: sql };
    }
    const { nameOf } = this.#options;
    const written = values.map((each) =>
      Array.isArray(each) ? (plainArrayLiteral(each) ?? each) : each,
    );
    const query = { text: sql, values: written };
    return nameOf === undefined ? query : { ...query, name: nameOf(sql) };
  }

  /** Begins without a statement, for what cannot share a message. */
  async #begin(): Promise<void> {
    if (!this.#begun) {
      const { begin } = this.#options;
      const last = must(begin.at(-1), "a transaction begins with something");
      await this.#sendFirst(begin.slice(0, -1), { text: last });
    }
  }

  /**
   * When the first message fails nothing may follow: there can be no savepoint to go back to, and perhaps
   * there is no transaction, so that what came next would stand by itself.
   */
  async #sendFirst(begin: readonly string[], last: QueryConfig): Promise<QueryResult> {
    this.#begun = true;
    const { client, plans } = this.#connection;
    const before = begin.map((text) => plans.sending(text));
    try {
      return await runTogether(client, [...this.#connection.takeOwed(), ...before], last);
    } catch (error) {
      this.#lost = true;
      throw error;
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    assert(this.#open, () => "a transaction was used after its end");
    const turn = this.#lastTurn.then(async () => {
      if (this.#options.signal?.aborted === true) {
        throw cancelled();
      }
      if (this.#abandoned) {
        throw abandonedCopy();
      }
      if (this.#lost) {
        throw this.#failure;
      }
      return await work();
    });
    this.#lastTurn = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): unknown {
    const isCancelled = this.#options.signal?.aborted === true;
    const own = escapingError(error, { cancelled: isCancelled, readOnly: this.#options.readOnly });
    const escaping = isCancelled && !(own instanceof CancelledError) ? cancelled() : own;
    this.#failure ??= escaping;
    return escaping;
  }
}

/** The extended protocol takes one statement in a text; a semicolon in a literal costs a way to the server. */
function mayBeSeveral(sql: string): boolean {
  return sql.includes(";");
}

/** What a transaction throws whose signal was aborted. */
export function cancelled(): CancelledError {
  return new CancelledError("transaction-cancelled", "the work was stopped and rolled back");
}

/** What a transaction throws that goes on although a COPY in it was left before its end. */
export function abandonedCopy(): CancelledError {
  return new CancelledError("copy-abandoned", "a COPY was not read to its end; rolled back");
}

/** The boundary to the database: what a statement returns is what its caller says it returns. */
function parsedRows<Row>(result: QueryResult): Row[] {
  return result.rows as Row[];
}

async function* gathered(
  chunks: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const piece = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    waiting.push(piece);
    bytes += piece.length;
    if (bytes >= copyMessageBytes) {
      yield waiting.length === 1 ? piece : Buffer.concat(waiting, bytes);
      waiting = [];
      bytes = 0;
    }
  }
  if (bytes > 0) {
    yield Buffer.concat(waiting, bytes);
  }
}
