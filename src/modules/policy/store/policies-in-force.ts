/** The policies in force, read in the transaction of whoever asks, so that a change counts at once. */
import { hash } from "node:crypto";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  definitionFromStored,
  readDefinitions,
  readDefinitionsBeside,
} from "../../contracts/index.ts";
import type { Catalogue, DefinitionVersion } from "../../contracts/index.ts";
import type { Access } from "../access.ts";
import { readPolicies } from "../cedar/read-policies.ts";
import type { PolicySet } from "../cedar/read-policies.ts";
import { compileAccess } from "../compile-access.ts";
import type { AccessRequest } from "../compile-access.ts";
import type { PseudonymKey } from "../compiled-access.ts";
import { recipientFromStored } from "../recipients/read-recipients.ts";
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

/**
 * Clients whose policies stay read: parsing fifty takes 30 ms, finding them again none. Their texts are not even
 * fetched then.
 */
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
  const { definitions, versions } = await readDefinitionsBeside(tx, "recipient", "policy");
  const recipients = definitions.map(recipientFromStored);
  const scene = { catalogue, recipients };
  const set = kept.get(keyOf(versions, scene)) ?? (await readSet(tx, scene));
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

interface Scene {
  readonly catalogue: Catalogue;
  readonly recipients: readonly Recipient[];
}

/** Reads the policies, and keeps them under what was read: others may be in force by now than a moment ago. */
async function readSet(tx: Transaction, scene: Scene): Promise<PolicySet> {
  const stored = await readDefinitions(tx, "policy");
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
  kept.set(keyOf(stored, scene), set);
  return set;
}

/** Policies are judged with the contract and the names of the recipients, so those are of the key too. */
function keyOf(policies: readonly DefinitionVersion[], { catalogue, recipients }: Scene): string {
  const lines = [
    `${catalogue.client} ${catalogue.contractSha256}`,
    ...policies.map(({ name, sha256 }) => `${sha256}  ${name}`),
    ...recipients.map(({ recipient }) => recipient),
  ];
  return hash("sha256", lines.join("\n"));
}
