/** Rows in, payload out: encoded, committed to, counted and summed in one pass and bounded memory. */
import { CancelledError } from "../../../kernel/index.ts";
import { ByteSink } from "./byte-sink.ts";
import type { Committed } from "./commitments.ts";
import { Committing } from "./committing.ts";
import type { Encoder } from "./encoder.ts";
import { OutgoingRows } from "./outgoing-rows.ts";
import type { ProjectedField } from "./record.ts";
import { Totals, type TotalledField } from "./totals.ts";

/** What was found out about the records while they were packed. */
export interface Contents extends Committed {
  readonly totals: Readonly<Record<string, string>>;
}

export interface PackRequest {
  /** The rows, as `OutgoingRows` takes them. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly fields: readonly ProjectedField[];
  readonly totals: readonly TotalledField[];
  /** The delivery's secret, see `newDeliverySecret`. */
  readonly secret: Uint8Array;
  readonly encoder: Encoder;
  /** Takes the payload's bytes in order; awaited, so that a slow disk slows the reading. */
  readonly write: (bytes: Buffer) => Promise<void>;
  /** Sees every row as it is packed. */
  readonly onRow?: ((rows: OutgoingRows) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that are gathered before they are written. Measured: no gain beyond 256 KiB. */
const WRITE_BYTES = 256 * 1024;

/** @throws CancelledError when the signal is aborted */
export async function pack(request: PackRequest): Promise<Contents> {
  const { chunks, fields, encoder, write, onRow, signal } = request;
  const lists = fields.map(({ type }) => type === "text-list");
  const rows = new OutgoingRows(lists);
  const totals = new Totals(fields, request.totals);
  await using committing = new Committing({ fields, lists, secret: request.secret });
  const out = new ByteSink();
  const valueAt = (position: number) => rows.value(position);
  encoder.begin(out);
  for await (const chunk of chunks) {
    throwIfCancelled(signal);
    await committing.feed(chunk);
    rows.feed(chunk);
    while (rows.next()) {
      totals.add(valueAt);
      encoder.add(rows, out);
      onRow?.(rows);
    }
    if (out.length >= WRITE_BYTES) {
      await write(out.bytes);
      out.length = 0;
    }
  }
  rows.end();
  encoder.end(out);
  await write(out.bytes);
  return { ...(await committing.finish()), totals: totals.result() };
}

/** @throws CancelledError when the signal is aborted */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new CancelledError("delivery-cancelled", "the delivery was cancelled before it left");
  }
}
