/** PostgreSQL: the transaction door, scopes and their roles, migrations, and a server of our own. */
export type {
  Database,
  Listening,
  ListenOptions,
  Scope,
  SqlValue,
  Transaction,
  TransactionOptions,
  Work,
} from "./door.ts";
export { controlSchema, openDatabase, type DatabaseOptions } from "./database.ts";
export { startEmbedded, type Embedded, type EmbeddedOptions } from "./embedded.ts";
export { furtherDatabase } from "./further-database.ts";
export { isIdent, quoteIdent } from "./ident.ts";
export { withLiterals } from "./literals.ts";
export { migrateAllScopes, migrateControl, migrateScope } from "./migrations.ts";
export { createScope, dropScope, findScope, listScopes, type NamedScope } from "./scopes.ts";
export { checkServer } from "./server-check.ts";
export { isRetryable, isUniqueViolation, StatementError } from "./sqlstate.ts";
