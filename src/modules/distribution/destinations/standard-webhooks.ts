/**
 * Signatures of the Standard Webhooks specification, version 1 (symmetric): HMAC-SHA256 over
 * `id.timestamp.body`. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { InvalidInputError } from "../../../kernel/index.ts";
import { strictBase64 } from "../../ledger/index.ts";

const PREFIX = "whsec_";
/** Bounds of the specification, "Signature scheme". */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** How old or early a message may be, in seconds, when it is verified: the specification's own example. */
const TOLERANCE_SECONDS = 300;

/**
 * Reads a secret. The message never shows it.
 * @throws InvalidInputError when it is not `whsec_` and 24 to 64 bytes in base64
 */
export function readWebhookSecret(text: string): Buffer {
  const bytes = text.startsWith(PREFIX) ? strictBase64(text.slice(PREFIX.length)) : undefined;
  if (bytes === undefined || bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
    throw new InvalidInputError(
      "webhook-secret",
      "the signing secret of the webhook is not usable",
      [],
      {
        hint: `a secret is whsec_ followed by ${LEAST_BYTES} to ${MOST_BYTES} random bytes in base64, for example from: echo whsec_$(openssl rand -base64 32)`,
      },
    );
  }
  return bytes;
}

/** One message at one instant. */
export interface WebhookMessage {
  /** Stays the same when the message is sent again. */
  readonly id: string;
  /** Unix seconds of the attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/** The three headers of the specification. */
export type WebhookHeaders = Readonly<
  Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>
>;

export function signWebhook(message: WebhookMessage, secret: Buffer): WebhookHeaders {
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestamp),
    "webhook-signature": `v1,${macOf(message, secret).toString("base64")}`,
  };
}

/** Whether one of the signatures in the headers is good and the message is neither old nor early. */
export function verifyWebhook(
  headers: WebhookHeaders,
  body: string,
  { secret, now }: { readonly secret: Buffer; readonly now: Date },
): boolean {
  const timestamp = Number(headers["webhook-timestamp"]);
  const age = Math.abs(Math.floor(now.getTime() / 1000) - timestamp);
  const expected = macOf({ id: headers["webhook-id"], timestamp, body }, secret);
  return (
    age <= TOLERANCE_SECONDS &&
    headers["webhook-signature"].split(" ").some((signature) => {
      const given = signature.startsWith("v1,") ? strictBase64(signature.slice(3)) : undefined;
      return given?.length === expected.length && timingSafeEqual(given, expected);
    })
  );
}

function macOf({ id, timestamp, body }: WebhookMessage, secret: Buffer): Buffer {
  return createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`, "utf8").digest();
}
