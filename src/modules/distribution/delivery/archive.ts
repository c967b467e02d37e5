/** What Waybill keeps of its deliveries in the data directory: waybills, and the secrets behind them. */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { NotFoundError } from "../../../kernel/index.ts";
import { writeDurably } from "../destinations/folder.ts";
import { onDisk, removeFile } from "../payload/payload-file.ts";
import type { SealedWaybill } from "../waybill/seal.ts";

/** One client's part of the archive. */
export class Archive {
  readonly #folder: string;

  constructor(dataDir: string, client: string) {
    this.#folder = path.join(dataDir, "waybills", client);
  }

  /** Keeps the secret of a delivery. Destroying it makes the waybill's commitments meaningless for good. */
  async keepSecret(waybillId: string, secret: Uint8Array): Promise<void> {
    await onDisk(this.#folder, () => mkdir(this.#folder, { recursive: true, mode: 0o700 }));
    await writeDurably(this.#secretPath(waybillId), secret, 0o600);
  }

  /** @throws NotFoundError when it was never kept or has been destroyed */
  async readSecret(waybillId: string): Promise<Buffer> {
    try {
      return await readFile(this.#secretPath(waybillId));
    } catch (error) {
      throw new NotFoundError(
        "delivery-secret-unknown",
        `the secret of waybill ${waybillId} is not kept here`,
        {
          hint: "records can be shown only where the delivery was made, until its secret is destroyed",
          cause: error,
        },
      );
    }
  }

  /** Destroys the secret of a delivery for good. */
  async destroySecret(waybillId: string): Promise<void> {
    await removeFile(this.#secretPath(waybillId));
  }

  /** Keeps a copy of a waybill. Returns its path. */
  async keepWaybill({ document, bytes }: SealedWaybill): Promise<string> {
    const file = this.#waybillPath(document.waybillId);
    await writeDurably(file, bytes);
    return file;
  }

  /** Removes everything about a delivery that did not arrive. */
  async forget(waybillId: string): Promise<void> {
    await this.destroySecret(waybillId);
    await removeFile(this.#waybillPath(waybillId));
  }

  #waybillPath(waybillId: string): string {
    return path.join(this.#folder, `${waybillId}.waybill.json`);
  }

  #secretPath(waybillId: string): string {
    return path.join(this.#folder, `${waybillId}.secret`);
  }
}
