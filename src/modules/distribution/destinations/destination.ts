/** The technical end of a recipient, as the delivery sees it. */
import type { PayloadFormat } from "../../../protocol/waybill/index.ts";
import type { SealedWaybill } from "../waybill/seal.ts";

/** Keeps how far a hand-over is, so that it is known also when the process dies. */
export interface Progress {
  /**
   * Told before anything can be seen outside: so many records, from the first, may have left once this
   * has returned. A smaller number takes back a larger one of which nothing left after all.
   * @throws ConflictError when the delivery was ended by somebody else: nothing more may leave
   */
  mayLeave(records: number): Promise<void>;
}

/** A payload that is complete and on the disk, with its waybill. */
export interface Consignment {
  /** Where the payload lies. The destination may move it away. */
  readonly staged: string;
  readonly waybill: SealedWaybill;
  readonly progress: Progress;
}

/** A signed document that a recipient is sent outside of any delivery, such as what is to be erased. */
export interface SentNotice {
  /** Its idempotency key, and part of its file's name: the same notice may be sent more than once. */
  readonly id: string;
  /** What it is about, as the beginning of its file's name. */
  readonly kind: string;
  readonly bytes: Buffer;
}

export interface Destination {
  readonly format: PayloadFormat;
  /**
   * The folder to stage the payload in. The same file system as where it will end, so that moving it is
   * one atomic step.
   * @throws RefusedError when the destination must not be written to; UnavailableError when it cannot be
   */
  prepare(): Promise<string>;
  /**
   * Hands over the payload, then the waybill: whoever waits for the waybill finds the payload complete.
   * @throws UnavailableError when the other end does not take it; then nothing of it stays visible, as
   * far as that is in our hands
   * @throws ConflictError as {@link Progress} does
   */
  hand(consignment: Consignment, signal?: AbortSignal): Promise<void>;
  /**
   * Hands over a notice: a file `KIND-ID.notice.json`, or one post. Doing it again changes nothing.
   * @throws UnavailableError when the other end does not take it
   */
  tell(notice: SentNotice, signal?: AbortSignal): Promise<void>;
}
