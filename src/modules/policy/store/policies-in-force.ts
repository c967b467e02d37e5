/** The policies in force, read in the transaction of whoever asks, so that a change counts at once. */
import { createHash } from "node:crypto";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { definitionFromStored, readDefinitions } from "../../contracts/index.ts";
import type { Catalogue, StoredDefinition } from "../../contracts/index.ts";
import type { Access } from "../access.ts";
import { readPolicies } from "../cedar/read-policies.ts";
import type { PolicySet } from "../cedar/read-policies.ts";
import { compileAccess } from "../compile-access.ts";
import type { AccessRequest } from "../compile-access.ts";
import type { PseudonymKey } from "../compiled-access.ts";
import { readRecipients } from "../recipients/read-recipients.ts";
import type { Recipient } from "../recipients/recipient.ts";

/** What decides about every read of a client's data. */
export interface PoliciesInForce {
  /** Hex SHA-256 over all policies. */
  readonly policySha256: string;
  readonly catalogue: Catalogue;
  readonly set: PolicySet;
  /** By name. */
  readonly recipients: ReadonlyMap<string, Recipient>;
}

/** Clients whose policies stay read: parsing fifty takes 30 ms, finding them again none. */
const MOST_KEPT = 200;
const kept = new Map<string, PolicySet>();

/**
 * The policies and recipients in force.
 * @param tx a transaction in the client's scope
 * @throws InvalidInputError `policies-invalid` when the stored policies no longer fit the contract
 */
export async function policiesInForce(
  tx: Transaction,
  catalogue: Catalogue,
): Promise<PoliciesInForce> {
  const recipients = await readRecipients(tx);
  const stored = await readDefinitions(tx, "policy");
  const set = readSet(stored, { catalogue, recipients });
  return {
    policySha256: set.sha256,
    catalogue,
    set,
    recipients: new Map(recipients.map((recipient) => [recipient.recipient, recipient])),
  };
}

/** What a recipient may have for a purpose, under the policies in force. */
export function accessOf(
  { set, catalogue }: PoliciesInForce,
  request: AccessRequest & { readonly pseudonymKey: PseudonymKey },
): Access {
  return compileAccess({ ...request, set, catalogue });
}

function readSet(
  stored: readonly StoredDefinition[],
  scene: { readonly catalogue: Catalogue; readonly recipients: readonly Recipient[] },
): PolicySet {
  const key = keyOf(stored, scene);
  const known = kept.get(key);
  if (known !== undefined) {
    return known;
  }
  const { set, issues } = readPolicies(stored.map(definitionFromStored), scene);
  if (issues.length > 0) {
    throw new InvalidInputError(
      "policies-invalid",
      `the policies of ${scene.catalogue.client} no longer fit its contract and its recipients`,
      issues,
      { hint: "correct them and apply the folder again; until then nobody sees anything" },
    );
  }
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) {
    kept.delete(oldest);
  }
  kept.set(key, set);
  return set;
}

/** Policies are judged with the contract and the names of the recipients, so those are of the key too. */
function keyOf(
  stored: readonly StoredDefinition[],
  {
    catalogue,
    recipients,
  }: { readonly catalogue: Catalogue; readonly recipients: readonly Recipient[] },
): string {
  const hash = createHash("sha256").update(`${catalogue.client} ${catalogue.contractSha256}\n`);
  for (const { name, sha256 } of stored) {
    hash.update(`${sha256}  ${name}\n`);
  }
  for (const { recipient } of recipients) {
    hash.update(`${recipient}\n`);
  }
  return hash.digest("hex");
}
