/** Notices to recipients outside of any delivery, by whichever destination leads to them now. */
import { NotFoundError } from "../../../kernel/index.ts";
import { readDefinitions } from "../../contracts/index.ts";
import { type DestinationDefinition, destinationSchema } from "../definitions/schemas.ts";
import type { SentNotice } from "../destinations/destination.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { makeDestination } from "./make-destination.ts";

export interface TellRequest {
  readonly client: DeliveryClient;
  /** The recipient's key. */
  readonly recipient: string;
  /** The destination to take when it still leads to the recipient. */
  readonly preferred: string | undefined;
  readonly notice: SentNotice;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a notice.
 * @returns the destination that took it
 * @throws NotFoundError `no-destination` when none leads to the recipient
 * @throws UnavailableError, RefusedError when the destination does not take it
 */
export async function tellRecipient(
  deps: DeliveryDeps,
  { client, recipient, preferred, notice, signal }: TellRequest,
): Promise<string> {
  const stored = await deps.db.scoped(client.scope, (tx) => readDefinitions(tx, "destination"), {
    readOnly: true,
  });
  const leading = stored
    .map(({ body }) => destinationSchema.safeParse(body).data)
    .filter(
      (definition): definition is DestinationDefinition => definition?.recipient === recipient,
    );
  const definition = leading.find(({ destination }) => destination === preferred) ?? leading[0];
  if (definition === undefined) {
    throw new NotFoundError("no-destination", `no destination leads to ${recipient} any more`, {
      hint: "tell its contacts by other means, then record it with: waybill rights acknowledge",
    });
  }
  await makeDestination(definition, deps, client).tell(notice, signal);
  return definition.destination;
}
