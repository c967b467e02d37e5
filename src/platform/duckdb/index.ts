/** DuckDB in this process, for set-at-a-time analytics. It holds nothing that cannot be rebuilt. */
export type { ColumnKind, ColumnKinds, Columns, ColumnValues } from "./columns.ts";
export { DuckDb, type DuckDbOptions, type QueryOptions } from "./duck-db.ts";
export { DuckDbError } from "./interruptible.ts";
export type { Statement } from "./statement.ts";
