/** DuckDB in this process, for set-at-a-time analytics. It holds nothing that cannot be rebuilt. */
export type { ColumnKind, ColumnKinds, Columns, ColumnValues } from "./columns.ts";
export { DuckDb, DuckDbError, type DuckDbOptions, type QueryOptions } from "./duck-db.ts";
