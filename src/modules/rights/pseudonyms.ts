/** Pseudonyms as policy makes them, to name a customer to a recipient that knows nothing clearer. */
import type { Transaction } from "../../platform/postgres/index.ts";
import {
  accessOf,
  type PoliciesInForce,
  policiesInForce,
  type Recipient,
  recipientSchema,
} from "../policy/index.ts";
import type { RightsClient, RightsDeps } from "./deps.ts";
import type { PseudonymOf } from "./identity.ts";
import { selectLastBody } from "./store/obligations.ts";

/** Recipients by their key, those that are defined no longer among them. */
async function everKnown(
  tx: Transaction,
  { recipients }: PoliciesInForce,
  wanted: Iterable<string>,
): Promise<ReadonlyMap<string, Recipient>> {
  const found = new Map(recipients);
  for (const name of new Set(wanted)) {
    const last = found.has(name) ? undefined : await selectLastBody(tx, "recipient", name);
    const parsed = recipientSchema.safeParse(last);
    if (parsed.success) {
      found.set(name, parsed.data);
    }
  }
  return found;
}

/** How recipients were sent values as pseudonyms. @param wanted the recipients that it may be asked for */
export async function pseudonyms(
  tx: Transaction,
  { protection }: Pick<RightsDeps, "protection">,
  {
    client: { catalogue },
    dataset,
    wanted,
    at,
  }: {
    readonly client: RightsClient;
    readonly dataset: string;
    readonly wanted: Iterable<string>;
    readonly at: Date;
  },
): Promise<PseudonymOf> {
  const inForce = await policiesInForce(tx, catalogue);
  const recipients = await everKnown(tx, inForce, wanted);
  const pseudonymKey = (context: string) => protection.keyedHash("pseudonym", context);
  return (field, text, { recipient: name, purpose }) => {
    const recipient = recipients.get(name);
    return recipient === undefined
      ? undefined
      : (accessOf(inForce, { recipient, purpose, at, pseudonymKey }).inForm(dataset, field, {
          form: "pseudonym",
          text,
        }) ?? undefined);
  };
}
