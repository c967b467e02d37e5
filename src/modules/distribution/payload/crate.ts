/** What a packing thread and its client tell each other. The bytes lie in memory that both have. */
import type { PackedRows } from "./packed-rows.ts";
import type { Packed, PackingRequest, RecordSummary } from "./packer.ts";

/** Bytes of rows in a crate; of the payload that they are packed to, and of leaves, unless they need more. */
const ROW_BYTES = 256 * 1024;
const PAYLOAD_BYTES = 384 * 1024;
const LEAF_BYTES = 128 * 1024;

/**
 * Memory for rows and what they become, used again and again. Shared, not handed back and forth: of
 * buffers that change hands V8 thinks that they are new each time, and collects garbage for them: ten times
 * in a million records, a tenth of the processor time.
 */
export class Crate {
  readonly number: number;
  readonly memory: SharedArrayBuffer;
  readonly rows: Uint8Array;
  readonly payload: Uint8Array;
  readonly leaves: Uint8Array;

  constructor(
    number: number,
    memory: SharedArrayBuffer = new SharedArrayBuffer(ROW_BYTES + PAYLOAD_BYTES + LEAF_BYTES),
  ) {
    this.number = number;
    this.memory = memory;
    this.rows = new Uint8Array(memory, 0, ROW_BYTES);
    this.payload = new Uint8Array(memory, ROW_BYTES, PAYLOAD_BYTES);
    this.leaves = new Uint8Array(memory, ROW_BYTES + PAYLOAD_BYTES);
  }
}

/** To the thread: how a payload is packed, then its crates, then that there are no more. */
export type Told = { readonly begin: PackingRequest } | Full | "end";

/** A crate of rows. */
export interface Full {
  /** The crate's number. */
  readonly crate: number;
  /** How many of its bytes are rows. */
  readonly rowBytes: number;
  /** Where it is: told once. */
  readonly memory?: SharedArrayBuffer;
}

/** From the thread, in the order of what it was told. */
export interface Done {
  readonly crate: number;
  /** How many bytes of the crate are payload, and leaves; or they themselves, where they did not fit. */
  readonly payload: number | Uint8Array;
  readonly leaves: number | Uint8Array;
  readonly rows: PackedRows;
}

/** From the thread, when it has all rows: the rest of the payload. */
export type LastWord = RecordSummary & Packed;
