/** One unambiguous spelling of several texts, for what is hashed or bound to a ciphertext. */
import { assert } from "../../../kernel/index.ts";

const LENGTH_BYTES = 2;
const LONGEST_PART = 0xffff;

/**
 * Each part as its length in UTF-8 bytes (16 bits, big endian) and these bytes, so that no two lists of
 * parts have the same spelling. The first part says what the whole is for, with its version.
 * @throws InvariantError when a part is longer than 65,535 bytes
 */
export function framed(parts: readonly string[]): Buffer {
  const pieces = parts.flatMap((part) => {
    const bytes = Buffer.from(part, "utf8");
    assert(bytes.length <= LONGEST_PART, () => `a framed part has at most ${LONGEST_PART} bytes`);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(pieces);
}
