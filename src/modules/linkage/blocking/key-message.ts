/**
 * The bytes of which a block key is the hash: what the rule takes, then each part as UTF-8 with its
 * length behind it, so that no two lists of parts have the same bytes.
 */
export class KeyMessage {
  /** How many bytes of {@link bytes} count; setting it back takes the last parts away. */
  length = 0;
  #bytes = new Uint8Array(256);

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  begin(identity: Uint8Array): void {
    this.#bytes.set(identity);
    this.length = identity.length;
  }

  add(text: string): void {
    const from = this.length;
    this.#reserve(from + text.length * MOST_BYTES + LENGTH_BYTES);
    const bytes = this.#bytes;
    let at = 0;
    let code = 0;
    // TextEncoder costs 100 ns a call; most texts are short and ASCII.
    while (at < text.length && (code = text.charCodeAt(at)) < 0x80) {
      bytes[from + at] = code;
      at += 1;
    }
    const size = at === text.length ? at : encoder.encodeInto(text, bytes.subarray(from)).written;
    for (let byte = 0; byte < LENGTH_BYTES; byte += 1) {
      bytes[from + size + byte] = size >>> (8 * byte);
    }
    this.length = from + size + LENGTH_BYTES;
  }

  #reserve(length: number): void {
    if (length > this.#bytes.length) {
      const longer = new Uint8Array(2 * length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
  }
}

/** UTF-8 bytes of a UTF-16 unit. */
const MOST_BYTES = 3;
const LENGTH_BYTES = 4;
const encoder = new TextEncoder();
