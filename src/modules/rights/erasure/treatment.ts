/**
 * What erasure makes of a value, by the method that the contract names for its field:
 *
 * | method | what stays |
 * |---|---|
 * | `delete` | nothing |
 * | `hash` | a keyed hash: equal values can be counted and recognised, nothing read |
 * | `encrypt-one-time-key` | that there was one, and its length: the key is thrown away at once |
 * | `pattern-mask` | its shape: letters become x or X, digits 0 |
 *
 * The four methods of the data contract specification. What stays lies apart from the data, in `_remains`.
 */
import { createCipheriv, randomBytes } from "node:crypto";
import { unreachable } from "../../../kernel/index.ts";
import type { ErasureMethod } from "../../contracts/index.ts";
import type { Protection } from "../../protection/index.ts";

const LETTER = /\p{L}/gu;
const UPPER = /\p{Lu}/u;
const DIGIT = /\p{N}/gu;

/**
 * The value as it may stay.
 * @param place the dataset and the field, as `customers.email`: what hashes of equal values are equal within
 */
export function treat(
  method: Exclude<ErasureMethod, "delete">,
  value: string,
  { place, protection }: { readonly place: string; readonly protection: Protection },
): string {
  switch (method) {
    case "hash":
      return protection.keyedHash(`remains ${place}`, value).toString("hex");
    case "encrypt-one-time-key":
      return encryptedForNobody(value);
    case "pattern-mask":
      return value
        .replace(DIGIT, "0")
        .replace(LETTER, (letter) => (UPPER.test(letter) ? "X" : "x"));
    default:
      return unreachable(method);
  }
}

/** AES-256-GCM under a key that leaves this function only as noise. Base64 of ciphertext and tag. */
function encryptedForNobody(value: string): string {
  const cipher = createCipheriv("aes-256-gcm", randomBytes(32), randomBytes(12));
  const sealed = [cipher.update(value, "utf8"), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString("base64");
}
