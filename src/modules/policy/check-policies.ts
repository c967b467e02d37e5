/** The check of policy files, beside those of the other definitions. */
import type { Issue } from "../../kernel/index.ts";
import type { Catalogue, Definition, DefinitionCheck } from "../contracts/index.ts";
import { readPolicies } from "./cedar/read-policies.ts";
import { recipientSchema } from "./recipients/recipient.ts";
import type { Recipient } from "./recipients/recipient.ts";

/** Judges a client's policies together, with the recipients that they name. */
export const checkPolicies: DefinitionCheck = (definitions, catalogue, all): readonly Issue[] =>
  definitions.length === 0
    ? []
    : readPolicies(definitions, { catalogue, recipients: recipientsAmong(all) }).issues;

/** The recipients that can be read; the others have a check of their own. */
export function recipientsAmong(definitions: readonly Definition[]): readonly Recipient[] {
  return definitions.flatMap(({ kind, body }) => {
    const parsed = kind === "recipient" ? recipientSchema.safeParse(body) : undefined;
    return parsed?.success === true ? [parsed.data] : [];
  });
}

/** The recipients and policies that are among definitions, read. */
export function policiesAmong(
  definitions: readonly Definition[],
  catalogue: Catalogue,
): ReturnType<typeof readPolicies> & { readonly recipients: readonly Recipient[] } {
  const recipients = recipientsAmong(definitions);
  const files = definitions.filter(({ kind }) => kind === "policy");
  return { ...readPolicies(files, { catalogue, recipients }), recipients };
}
