/** Parquet, read by DuckDB: every column as text, so that it passes the same rules as any other source. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { InvalidInputError } from "../../../kernel/index.ts";
import type { RowBatch } from "./row-batch.ts";
import { TextRows } from "./text-rows.ts";

/** What DuckDB may use while it decodes; a row group of 122,880 rows needs far less. */
const MEMORY_LIMIT = "512MB";

/** The columns of a Parquet file, and its rows in batches. */
export interface ParquetTable {
  readonly columns: readonly string[];
  readonly batches: AsyncGenerator<RowBatch>;
}

/**
 * Opens a Parquet file. Rows are numbered from 1; lists come as JSON, timestamps with zone in UTC.
 * @throws InvalidInputError when the file is damaged
 */
export async function openParquet(path: string): Promise<ParquetTable> {
  // Loading it takes 0.1 s of processor time: other files than these do without it.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: MEMORY_LIMIT,
  });
  const connection = await instance.connect();
  try {
    await connection.run("set timezone = 'UTC'");
    const described = await connection.runAndReadAll("describe select * from read_parquet($path)", {
      path,
    });
    const columns = described
      .getRowsJson()
      .map((row) => ({ name: textOr(row[0]), type: textOr(row[1]) }));
    return { columns: columns.map(({ name }) => name), batches: rowsOf(connection, path, columns) };
  } catch (error) {
    connection.closeSync();
    throw damaged(error);
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
}

async function* rowsOf(
  connection: DuckDBConnection,
  path: string,
  columns: readonly Column[],
): AsyncGenerator<RowBatch> {
  const rows = new TextRows();
  let line = 0;
  try {
    const list = columns.map(asText).join(", ");
    const result = await connection.stream(`select ${list} from read_parquet($path)`, { path });
    for await (const chunk of result.yieldRowsJson()) {
      for (const values of chunk) {
        line++;
        rows.add(
          line,
          values.map((value) => (typeof value === "string" ? value : undefined)),
        );
      }
      if (rows.isFull) {
        yield rows.batch;
        rows.clear();
      }
    }
    if (rows.batch.rows > 0) {
      yield rows.batch;
    }
  } catch (error) {
    throw damaged(error);
  } finally {
    connection.closeSync();
  }
}

function asText(column: Column): string {
  const name = `"${column.name.replaceAll('"', '""')}"`;
  const isNested = column.type.endsWith("]") || /^(?:STRUCT|MAP)\(/.test(column.type);
  return isNested ? `to_json(${name})::varchar` : `${name}::varchar`;
}

function textOr(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** DuckDB's message may quote values, so it stays in the cause. */
function damaged(error: unknown): unknown {
  if (error instanceof InvalidInputError || !(error instanceof Error)) {
    return error;
  }
  return new InvalidInputError(
    "parquet-damaged",
    "the Parquet file cannot be read: it is damaged or cut off",
    [],
    {
      hint: "transfer the file again",
      cause: error,
    },
  );
}
