/** What everybody needs who changes scopes and the roles that belong to them. */
import { assert } from "../../kernel/index.ts";
import type { Scope, Transaction } from "./door.ts";
import { quoteIdent } from "./ident.ts";

/** Any two changes to scopes wait for each other: roles and grants are rows of shared catalogues. */
const scopesLock = "waybill.scopes";

/** A scope with the key it was made for. */
export interface NamedScope extends Scope {
  readonly key: string;
}

/** Lets two changes of scopes and their roles wait for each other, until the transaction ends. */
export async function lockScopes(tx: Transaction): Promise<void> {
  await tx.run("select pg_advisory_xact_lock(hashtext($1))", [scopesLock]);
}

/** Does the work as a role of a scope; the transaction must be the login role's own. */
export async function asRole(
  tx: Transaction,
  role: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const { login } = await tx.row<{ login: string }>("select current_user::text as login");
  assert(login !== role, () => "the login role never owns a scope");
  await tx.run(`set local role ${quoteIdent(role)}`);
  await work();
  await tx.run("reset role");
}
