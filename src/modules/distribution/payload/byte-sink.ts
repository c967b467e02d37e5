/** Bytes that are gathered before they go somewhere: one buffer that grows, is emptied and used again. */
const FIRST_BYTES = 64 * 1024;

/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MOST_BYTES_A_UNIT = 3;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_ASCII = 0x7f;

export class ByteSink {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** How many bytes were gathered. */
  get length(): number {
    return this.#length;
  }

  /** Forgets what lies behind, or counts what was written into {@link room}. */
  set length(length: number) {
    this.#length = length;
  }

  /** What was gathered, until something is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * The buffer with room for `more` bytes behind {@link length}, until something is added: for who writes many
   * bytes one by one, which is quickest from a loop's own variables.
   */
  room(more: number): Buffer {
    if (this.#length + more > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  byte(value: number): void {
    this.room(1)[this.#length] = value;
    this.#length += 1;
  }

  text(text: string): void {
    const room = this.room(text.length * MOST_BYTES_A_UNIT);
    this.#length += room.write(text, this.#length, "utf8");
  }

  /**
   * Adds a text between quotes as JSON has it, if that is what its characters are: for short texts in less
   * time than a call out of JavaScript.
   * @returns false when nothing was added, since it holds characters that JSON escapes or UTF-8 has several bytes for
   */
  quoted(text: string): boolean {
    const room = this.room(text.length + 2);
    let at = this.#length;
    room[at++] = QUOTE;
    for (let next = 0; next < text.length; next += 1) {
      const code = text.charCodeAt(next);
      if (code < FIRST_PRINTABLE || code > LAST_ASCII || code === QUOTE || code === BACKSLASH) {
        return false;
      }
      room[at++] = code;
    }
    room[at] = QUOTE;
    this.#length = at + 1;
    return true;
  }

  append(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Adds `source[from]` up to, and without, `source[to]`. */
  copy(source: Uint8Array, from = 0, to = source.length): void {
    const target = this.room(to - from);
    let position = this.#length;
    // Values are short: for them a loop is quicker than a call out of JavaScript.
    for (let next = from; next < to; next += 1) {
      target[position] = source[next] ?? 0;
      position += 1;
    }
    this.#length = position;
  }
}
