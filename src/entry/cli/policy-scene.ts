/** Policies as commands on them find them: in a client's folder, or in force. */
import { stat } from "node:fs/promises";
import { InvalidInputError } from "../../kernel/index.ts";
import {
  type Catalogue,
  type ClientFolder,
  getClient,
  readFolder,
} from "../../modules/contracts/index.ts";
import { policiesAmong, policiesInForce, type PolicyScope } from "../../modules/policy/index.ts";
import type { Invocation } from "./invocation.ts";

export interface PolicyScene extends PolicyScope {
  /** The client's key. */
  readonly client: string;
  /** Where the policies were read: a folder, or "in force". */
  readonly origin: string;
  /** Undefined for policies in force. */
  readonly folder: ClientFolder | undefined;
}

/**
 * The policies of a folder, or those of a client that are in force.
 * @param target a folder's path, or else a client's key
 * @throws InvalidInputError `policies-invalid` with every issue
 * @throws NotFoundError when there is neither such a folder nor such a client
 */
export async function openPolicies(
  { open }: Pick<Invocation, "open">,
  target: string,
): Promise<PolicyScene> {
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => target.includes("/"),
  );
  if (isFolder) {
    const folder = await readFolder(target);
    const scope = policiesOf(folder, folder.catalogue);
    return { ...scope, client: folder.client, origin: target, folder };
  }
  const { db } = await open();
  const { scope, catalogue } = await getClient(db, target);
  const inForce = await db.scoped(scope, (tx) => policiesInForce(tx, catalogue), {
    readOnly: true,
  });
  const recipients = [...inForce.recipients.values()];
  const { set } = inForce;
  return { catalogue, set, recipients, client: target, origin: "in force", folder: undefined };
}

/**
 * The policies of a folder, as far as a contract goes.
 * @throws InvalidInputError `policies-invalid` with every issue
 */
export function policiesOf(folder: ClientFolder, catalogue: Catalogue): PolicyScope {
  const { set, recipients, issues } = policiesAmong(folder.definitions, catalogue);
  if (issues.length > 0) {
    throw new InvalidInputError(
      "policies-invalid",
      `the policies of ${folder.client} have ${issues.length === 1 ? "one issue" : `${issues.length} issues`}`,
      issues,
    );
  }
  return { catalogue, set, recipients };
}
