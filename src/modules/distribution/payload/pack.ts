/** Rows in, payload out, in one pass and bounded memory. */
import { CancelledError } from "../../../kernel/index.ts";
import type { PackingRequest } from "./packer.ts";
import { type PackedPayload, Packing, type PackingSink } from "./packing.ts";

export interface PackRequest extends PackingRequest, PackingSink {
  /** The rows, as `OutgoingRows` takes them. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly signal?: AbortSignal | undefined;
}

/** @throws CancelledError when the signal is aborted */
export async function pack({
  chunks,
  write,
  note,
  signal,
  ...request
}: PackRequest): Promise<PackedPayload> {
  await using packing = new Packing(request, { write, note });
  for await (const chunk of chunks) {
    throwIfCancelled(signal);
    await packing.feed(chunk);
  }
  return await packing.finish();
}

/** @throws CancelledError when the signal is aborted */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new CancelledError("delivery-cancelled", "the delivery was cancelled before it left");
  }
}
