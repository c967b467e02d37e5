/** From a destination's definition to the thing that delivers. */
import path from "node:path";
import { RefusedError, unreachable } from "../../../kernel/index.ts";
import type { DestinationDefinition, WebhookDefinition } from "../definitions/schemas.ts";
import type { Destination } from "../destinations/destination.ts";
import { FolderDestination } from "../destinations/folder.ts";
import { readWebhookSecret } from "../destinations/standard-webhooks.ts";
import { WebhookDestination } from "../destinations/webhook.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";

/** The folder below which relative destinations lie. */
export function outboxFolder(dataDir: string): string {
  return path.join(dataDir, "outbox");
}

/** The folder in which what a client has not yet handed over waits. Names in it are the client's own. */
export function spoolFolder(dataDir: string, client: string): string {
  return path.join(dataDir, "spool", client);
}

/** @throws RefusedError, InvalidInputError when a webhook's secret is missing or unusable */
export function makeDestination(
  definition: DestinationDefinition,
  deps: DeliveryDeps,
  { key }: Pick<DeliveryClient, "key">,
): Destination {
  switch (definition.kind) {
    case "folder":
      return new FolderDestination(definition, outboxFolder(deps.dataDir));
    case "webhook":
      return new WebhookDestination(
        {
          destination: definition.destination,
          url: definition.url,
          secret: secretOf(definition, deps),
          allowPrivate: definition.allowPrivate,
          clock: deps.clock,
          random: deps.random,
          retry: deps.retry,
        },
        spoolFolder(deps.dataDir, key),
      );
    default:
      return unreachable(definition);
  }
}

function secretOf({ destination, secret }: WebhookDefinition, deps: DeliveryDeps): Buffer {
  const name = secret.slice("env:".length);
  const value = deps.environment(name);
  if (value === undefined || value === "") {
    throw new RefusedError(
      "webhook-secret-missing",
      `destination ${destination} has no signing secret`,
      [],
      {
        hint: `set the environment variable ${name}`,
      },
    );
  }
  return readWebhookSecret(value);
}
