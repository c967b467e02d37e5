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
export { createLogin, dropLogin, listLogins, type Login, type LoginRequest } from "./logins.ts";
export { migrateAllScopes, migrateControl, migrateScope } from "./migrations.ts";
export type { NamedScope } from "./scope-roles.ts";
export { createScope, dropScope, findScope, listScopes } from "./scopes.ts";
export { checkServer } from "./server-check.ts";
export { isRetryable, isUniqueViolation, StatementError } from "./sqlstate.ts";
