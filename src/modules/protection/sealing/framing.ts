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
  const lengths = parts.map((part) => Buffer.byteLength(part, "utf8"));
  const total = lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, 0);
  const frame = Buffer.allocUnsafe(total);
  let end = 0;
  for (const [index, part] of parts.entries()) {
    const length = lengths[index] ?? 0;
    assert(length <= LONGEST_PART, () => `a framed part has at most ${LONGEST_PART} bytes`);
    end = frame.writeUInt16BE(length, end);
    end += frame.write(part, end, "utf8");
  }
  return frame;
}
