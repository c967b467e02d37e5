import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PoolClient, QueryResult } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { assert, CancelledError, must } from "../../kernel/index.ts";
import { plainArrayLiteral } from "./array-literal.ts";
import type { SqlValue, Transaction } from "./door.ts";
import { escapingError } from "./sqlstate.ts";

/** Chunks of a COPY are gathered to about this size, since every chunk becomes a message. */
const copyMessageBytes = 64 * 1024;

export interface OpenTransactionOptions {
  readonly readOnly: boolean;
  readonly signal: AbortSignal | undefined;
  /** The name under which the connection keeps a statement's plan; undefined: it keeps none. */
  readonly nameOf: ((sql: string) => string) | undefined;
}

/**
 * A transaction from after its `begin` to before its `commit`. Statements run one after another in
 * the order they were asked for, also when a caller does not wait in between.
 */
export class OpenTransaction implements Transaction {
  readonly #client: PoolClient;
  readonly #options: OpenTransactionOptions;
  #open = true;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #cursors = 0;
  #failure: unknown;
  #abandoned = false;

  constructor(client: PoolClient, options: OpenTransactionOptions) {
    this.#client = client;
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
      const target = this.#client.query(copyFrom(sql));
      const source = Readable.from(gathered(chunks), { objectMode: false });
      const signal = this.#options.signal;
      await pipeline(source, target, signal === undefined ? {} : { signal });
      return target.rowCount;
    });
  }

  copyOut(sql: string): Readable {
    return Readable.from(this.#copyChunks(sql), { objectMode: false });
  }

  async *#copyChunks(sql: string): AsyncGenerator<Buffer> {
    let finished = (): void => {};
    const whole = new Promise<void>((resolve) => (finished = resolve));
    let ended = false;
    const turn = this.#inTurn(async () => {});
    this.#lastTurn = turn.then(
      () => whole,
      () => undefined,
    );
    await turn;
    try {
      for await (const chunk of this.#client.query(copyTo(sql))) {
        yield chunk;
      }
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
    const { nameOf } = this.#options;
    return this.#inTurn(() => {
      if (values.length === 0) {
        return this.#client.query(sql);
      }
      const written = values.map((each) =>
        Array.isArray(each) ? (plainArrayLiteral(each) ?? each) : each,
      );
      const query = { text: sql, values: written };
      return this.#client.query(nameOf === undefined ? query : { ...query, name: nameOf(sql) });
    });
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
