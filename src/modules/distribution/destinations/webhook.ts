/**
 * Deliveries to a webhook. The payload is the sequence of the bodies, one a line; it is cut into posts,
 * in order, each with its own idempotency key, and the waybill is posted last.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { canonicalJson } from "../../ledger/index.ts";
import { throwIfCancelled } from "../payload/pack.ts";
import type { Consignment, Destination, SentNotice } from "./destination.ts";
import type { WebhookClient, WebhookClientOptions } from "./webhook-client.ts";
import { makeSpool } from "./spool.ts";

/** What the encoder of webhooks writes as a line, as far as it is counted here. */
const bodySchema = z.object({ records: z.array(z.unknown()) });

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

  async hand(consignment: Consignment, signal?: AbortSignal): Promise<void> {
    await using client = await this.#open();
    try {
      await postAll(client, consignment, signal);
    } catch (error) {
      if (!client.hasConnected) {
        await consignment.progress.mayLeave(0);
      }
      throw error;
    }
  }

  /** The body is `{notice: …}`, beside `{waybillId, …}` of deliveries. */
  async tell({ id, bytes }: SentNotice, signal?: AbortSignal): Promise<void> {
    await using client = await this.#open();
    await client.post(id, `{"notice":${bytes.toString("utf8").trimEnd()}}`, signal);
  }

  /** undici takes 0.1 s of processor time to load, which only commands that post need. */
  async #open(): Promise<WebhookClient> {
    const { WebhookClient } = await import("./webhook-client.ts");
    return new WebhookClient(this.#options);
  }
}

async function postAll(
  client: WebhookClient,
  { staged, waybill, progress }: Consignment,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { waybillId } = waybill.document;
  let [batch, records] = [0, 0];
  for await (const line of createInterface({ input: createReadStream(staged), crlfDelay: 0 })) {
    throwIfCancelled(signal);
    batch += 1;
    records += bodySchema.parse(JSON.parse(line)).records.length;
    await progress.mayLeave(records);
    await client.post(`${waybillId}.${batch}`, `${line}\n`, signal);
  }
  const last = canonicalJson({ waybillId, waybill: waybill.document });
  await client.post(`${waybillId}.waybill`, last, signal);
}
