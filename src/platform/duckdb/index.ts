/** DuckDB in this process, for set-at-a-time analytics. It holds nothing that cannot be rebuilt. */
export { DuckDb, DuckDbError, type DuckDbOptions } from "./duck-db.ts";
