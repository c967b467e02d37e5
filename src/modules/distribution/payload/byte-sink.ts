/** Bytes that are gathered before they go somewhere: one buffer that grows, is emptied and used again. */
const FIRST_BYTES = 64 * 1024;

/** As long as most records are. */
const SHORT_BYTES = 1024;

/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MOST_BYTES_A_UNIT = 3;

/** Bytes from which on a call is quicker than a loop. */
const LEAST_CALLED = 40;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_ASCII = 0x7f;

/** Bytes that may be read, or written over, behind the last by who moves words of four. */
export const SLACK_BYTES = 3;

export class ByteSink {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** The same bytes. */
  #view: DataView = viewOf(this.#bytes);
  /** Its beginnings by their lengths, as far as they were asked for: each takes 0.1 µs to make and to forget. */
  #short: (Buffer | undefined)[] = shortOnes();
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
    const length = this.#length;
    return length < this.#short.length
      ? (this.#short[length] ??= this.#bytes.subarray(0, length))
      : this.#bytes.subarray(0, length);
  }

  /**
   * The buffer with room for `more` bytes behind {@link length}, and for {@link SLACK_BYTES}, until something is
   * added: for who writes many values, which is quickest from a loop's own variables.
   */
  room(more: number): DataView {
    const needed = this.#length + more + SLACK_BYTES;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
      larger.set(this.bytes);
      this.#bytes = larger;
      this.#view = viewOf(larger);
      this.#short = shortOnes();
    }
    return this.#view;
  }

  byte(value: number): void {
    this.room(1).setUint8(this.#length, value);
    this.#length += 1;
  }

  /** Adds a text of which each character is a byte. */
  binary(text: string): void {
    this.room(text.length);
    this.#length += this.#bytes.write(text, this.#length, "latin1");
  }

  text(text: string): void {
    this.room(text.length * MOST_BYTES_A_UNIT);
    this.#length += this.#bytes.write(text, this.#length, "utf8");
  }

  /**
   * Adds a text between quotes as JSON has it, if that is what its characters are: for short texts in less
   * time than a call out of JavaScript.
   * @returns false when nothing was added, since it holds characters that JSON escapes or UTF-8 has several bytes for
   */
  quoted(text: string): boolean {
    this.room(text.length + 2);
    const room = this.#bytes;
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
    this.room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Adds `source[from]` up to, and without, `source[to]`. */
  copy(source: Buffer, from = 0, to = source.length): void {
    this.room(to - from);
    const target = this.#bytes;
    let position = this.#length;
    // A loop takes 1 ns a byte, and the call out of JavaScript 40 ns.
    if (to - from < LEAST_CALLED) {
      for (let next = from; next < to; next += 1) {
        target[position++] = source[next] ?? 0;
      }
    } else {
      source.copy(target, position, from, to);
    }
    this.#length += to - from;
  }
}

function shortOnes(): undefined[] {
  return Array.from({ length: SHORT_BYTES });
}

/** The same memory, for words. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
