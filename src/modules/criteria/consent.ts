/** The words in which consents are spoken of; what they mean stands in sql/consent-sql.ts. */
import { didYouMean } from "../../kernel/index.ts";
import { coversKey, DATA_USES, taxonomyProblem, type Catalogue } from "../contracts/index.ts";

/** How somebody is reached; `any` is whichever way. */
export const CONSENT_CHANNELS = ["any", "email", "phone", "sms", "post"] as const;

export type ConsentChannel = (typeof CONSENT_CHANNELS)[number];

export function isConsentChannel(word: string): word is ConsentChannel {
  return CONSENT_CHANNELS.some((channel) => channel === word);
}

/**
 * Why nobody can consent to a purpose, or undefined when somebody can: it is one of the contract's, or
 * one above or beneath one.
 */
export function consentProblem(
  purpose: string,
  { purposes }: Pick<Catalogue, "purposes">,
): { readonly message: string; readonly hint: string } | undefined {
  const unknown = taxonomyProblem(purpose, DATA_USES);
  if (unknown !== undefined) {
    return { message: `${JSON.stringify(purpose)} is no purpose of the taxonomy`, hint: unknown };
  }
  if (purposes.some((one) => coversKey(one, purpose) || coversKey(purpose, one))) {
    return undefined;
  }
  const hint = didYouMean(purpose, purposes) ?? `its purposes are ${purposes.join(", ")}`;
  return { message: `the contract has no purpose ${purpose}`, hint };
}
