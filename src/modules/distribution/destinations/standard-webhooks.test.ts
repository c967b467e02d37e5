import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../kernel/index.ts";
import { readWebhookSecret, signWebhook, verifyWebhook } from "./standard-webhooks.ts";

/** The vector of the specification's own libraries (all languages share it). */
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const MESSAGE = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
};
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const secret = readWebhookSecret(SECRET);
const now = new Date(MESSAGE.timestamp * 1000);

test("a message is signed as the specification's vector has it", () => {
  expect(signWebhook(MESSAGE, secret)).toEqual({
    "webhook-id": MESSAGE.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": SIGNATURE,
  });
});

describe("verifying", () => {
  const headers = signWebhook(MESSAGE, secret);

  test("accepts what was signed, also among further signatures", () => {
    const rotated = { ...headers, "webhook-signature": `v1,AAAA v1a,xyz ${SIGNATURE}` };
    expect(verifyWebhook(headers, MESSAGE.body, { secret, now })).toBe(true);
    expect(verifyWebhook(rotated, MESSAGE.body, { secret, now })).toBe(true);
  });

  test.each([
    ["another body", headers, `${MESSAGE.body} `],
    ["another id", { ...headers, "webhook-id": "msg_x" }, MESSAGE.body],
    ["another time", { ...headers, "webhook-timestamp": "1614265331" }, MESSAGE.body],
    ["no time", { ...headers, "webhook-timestamp": "soon" }, MESSAGE.body],
    ["no signature", { ...headers, "webhook-signature": "" }, MESSAGE.body],
    [
      "another version",
      { ...headers, "webhook-signature": SIGNATURE.replace("v1,", "v2,") },
      MESSAGE.body,
    ],
  ])("refuses %s", (_, changed, body) => {
    expect(verifyWebhook(changed, body, { secret, now })).toBe(false);
  });

  test.each([-301, 301])("refuses a message that is %i seconds off", (seconds) => {
    const later = new Date(now.getTime() + seconds * 1000);
    expect(verifyWebhook(headers, MESSAGE.body, { secret, now: later })).toBe(false);
  });
});

describe("a secret", () => {
  test("of 24 to 64 bytes is read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (bytes) => {
        const text = `whsec_${Buffer.from(bytes).toString("base64")}`;
        expect(readWebhookSecret(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test.each([
    "",
    "whsec_",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_c2hvcnQ=",
    `whsec_${"A".repeat(92)}`,
    "whsk_abc",
  ])("in another form is refused without being shown (%j)", (text) => {
    expect(() => readWebhookSecret(text)).toThrow(InvalidInputError);
    expect(() => readWebhookSecret(text)).toThrow(
      "the signing secret of the webhook is not usable",
    );
  });
});
