/**
 * Deliveries to a webhook. The payload is the sequence of the bodies, one a line; it is cut into posts,
 * in order, each with its own idempotency key, and the waybill is posted last.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { canonicalJson } from "../../ledger/index.ts";
import { throwIfCancelled } from "../payload/pack.ts";
import type { Consignment, Destination, SentNotice } from "./destination.ts";
import { WebhookClient, type WebhookClientOptions } from "./webhook-client.ts";
import { makeSpool } from "./spool.ts";

export class WebhookDestination implements Destination {
  readonly format = "webhook";
  readonly #options: WebhookClientOptions;
  readonly #spool: string;

  /** @param spool the folder in which payloads wait until they are taken */
  constructor(options: WebhookClientOptions, spool: string) {
    this.#options = options;
    this.#spool = spool;
  }

  async prepare(): Promise<string> {
    await makeSpool(this.#spool);
    return this.#spool;
  }

  async hand({ staged, waybill }: Consignment, signal?: AbortSignal): Promise<void> {
    const { waybillId } = waybill.document;
    await using client = new WebhookClient(this.#options);
    let batch = 0;
    for await (const line of createInterface({ input: createReadStream(staged), crlfDelay: 0 })) {
      throwIfCancelled(signal);
      batch += 1;
      await client.post(`${waybillId}.${batch}`, `${line}\n`, signal);
    }
    const last = canonicalJson({ waybillId, waybill: waybill.document });
    await client.post(`${waybillId}.waybill`, last, signal);
  }

  /** The body is `{notice: …}`, beside `{waybillId, …}` of deliveries. */
  async tell({ id, bytes }: SentNotice, signal?: AbortSignal): Promise<void> {
    await using client = new WebhookClient(this.#options);
    await client.post(id, `{"notice":${bytes.toString("utf8").trimEnd()}}`, signal);
  }
}
