import { must, RefusedError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import {
  type Access,
  type AccessInstant,
  accessOf,
  policiesInForce,
  type Recipient,
} from "../../policy/index.ts";
import type { Protection } from "../../protection/index.ts";
import type { Seeing } from "./seeing.ts";

export interface SeeingRequest {
  readonly catalogue: Catalogue;
  readonly recipient: Recipient;
  /** A fideslang data use key. */
  readonly purpose: string;
  /** `live`: whenever the statement runs; then the dates of the agreement are part of its condition. */
  readonly at: AccessInstant;
  /** Opens the client's protection: for sealed fields and pseudonyms, and only where there are any. */
  readonly protection: () => Promise<Protection>;
}

/**
 * What a recipient may see for a purpose, by the policies in force in this transaction.
 * @throws RefusedError `nothing-seen` when that is nothing at all, with the reason
 */
export async function openSeeing(tx: Transaction, request: SeeingRequest): Promise<Seeing> {
  const { catalogue, recipient, purpose, at, protection } = request;
  let opened: Protection | undefined;
  const pseudonymKey = (context: string): Buffer =>
    must(opened, "protection is open where pseudonyms are seen").keyedHash("pseudonym", context);
  const inForce = await policiesInForce(tx, catalogue);
  const access = accessOf(inForce, { recipient, purpose, at, pseudonymKey });
  if (access.nothing !== undefined) {
    throw new RefusedError("nothing-seen", access.nothing, [], {
      hint: "policies/*.cedar and recipients/*.yaml of the folder say who may see what: waybill policy check FOLDER",
    });
  }
  if (hasPseudonyms(access, catalogue)) {
    opened = await protection();
  }
  return { catalogue, access, protection };
}

function hasPseudonyms(access: Access, { datasets }: Catalogue): boolean {
  return datasets.some(({ name, fields }) =>
    fields.some((field) => access.forms(name, field.name).includes("pseudonym")),
  );
}
