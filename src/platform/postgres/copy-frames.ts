/**
 * The messages of a `COPY … TO STDOUT` as they come from the server (PostgreSQL documentation, 54.2.6 "COPY
 * Operations", 54.7 "Message Formats"): a byte for the kind, a length in four that counts itself, the
 * content. Rows are taken out of theirs; all other messages are left as they came.
 */

const COPY_DATA = 0x64;
/** Kind and length. */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;

/** What a piece of the stream held. */
export interface Unframed {
  /** Rows, or pieces of some: the beginning of the piece itself, which was moved together. */
  readonly rows: Buffer;
  /** All other messages, or pieces of some, in their order. */
  readonly others: readonly Buffer[];
}

/** Takes rows out of their messages, piece by piece of a stream. */
export class CopyFrames {
  /** The header of the next message, as far as it came. */
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** What is still to come of the message that has begun. */
  #left = 0;
  #areRows = false;

  /** @param piece belongs to this class from now on */
  take(piece: Buffer): Unframed {
    const others: Buffer[] = [];
    let rowBytes = 0;
    for (let at = 0; at < piece.length;) {
      if (this.#left === 0) {
        at = this.#begin(piece, at, others);
        continue;
      }
      const end = Math.min(at + this.#left, piece.length);
      if (this.#areRows) {
        piece.copyWithin(rowBytes, at, end);
        rowBytes += end - at;
      } else {
        // A copy: the rows behind it are moved over where it lies.
        others.push(Buffer.from(piece.subarray(at, end)));
      }
      this.#left -= end - at;
      at = end;
    }
    return { rows: piece.subarray(0, rowBytes), others };
  }

  /** Reads a message's header, or as much as there is. @returns where the next byte is */
  #begin(piece: Buffer, start: number, others: Buffer[]): number {
    const header = this.#header;
    let at = start;
    while (this.#headerBytes < HEADER_BYTES && at < piece.length) {
      header[this.#headerBytes++] = piece[at++] ?? 0;
    }
    if (this.#headerBytes === HEADER_BYTES) {
      this.#headerBytes = 0;
      this.#areRows = header[0] === COPY_DATA;
      this.#left = header.readUInt32BE(1) - LENGTH_BYTES;
      if (!this.#areRows) {
        others.push(Buffer.from(header));
      }
    }
    return at;
  }
}
