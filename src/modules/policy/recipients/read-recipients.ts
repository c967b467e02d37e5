import { InvalidInputError, NotFoundError, didYouMean } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { readDefinitions, type StoredDefinition } from "../../contracts/index.ts";
import { recipientSchema, type Recipient } from "./recipient.ts";

/**
 * The recipients in force, by name.
 * @param tx a transaction in the client's scope
 * @throws InvalidInputError `recipient-invalid` when a stored one is no longer understood
 */
export async function readRecipients(tx: Transaction): Promise<Recipient[]> {
  return (await readDefinitions(tx, "recipient")).map(recipientFromStored);
}

/**
 * One recipient by name.
 * @throws NotFoundError `recipient-unknown` with the one that was probably meant
 */
export function findRecipient(recipients: readonly Recipient[], name: string): Recipient {
  const found = recipients.find((one) => one.recipient === name);
  if (found !== undefined) {
    return found;
  }
  const names = recipients.map((one) => one.recipient);
  const known =
    names.length === 0
      ? "none are applied yet; docs/recipients.md says how to begin"
      : `there are ${names.join(", ")}`;
  throw new NotFoundError("recipient-unknown", `there is no recipient ${JSON.stringify(name)}`, {
    hint: didYouMean(name, names) ?? known,
  });
}

/**
 * A recipient as it is applied.
 * @throws InvalidInputError `recipient-invalid` when it is no longer understood
 */
export function recipientFromStored({ name, body }: StoredDefinition): Recipient {
  const parsed = recipientSchema.safeParse(body);
  if (!parsed.success) {
    throw new InvalidInputError("recipient-invalid", `recipient ${name} is not valid`, [], {
      hint: "correct its file and apply the folder again",
    });
  }
  return parsed.data;
}
