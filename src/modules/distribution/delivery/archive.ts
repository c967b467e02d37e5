/** The copies of waybills that Waybill keeps in the data directory. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "../destinations/folder.ts";
import { onDisk, removeFile } from "../payload/payload-file.ts";
import type { SealedWaybill } from "../waybill/seal.ts";

/** One client's part of the archive. */
export class Archive {
  readonly #folder: string;

  constructor(dataDir: string, client: string) {
    this.#folder = path.join(dataDir, "waybills", client);
  }

  /** Keeps a copy of a waybill. Returns its path. */
  async keepWaybill({ document, bytes }: SealedWaybill): Promise<string> {
    const file = this.#waybillPath(document.waybillId);
    await onDisk(this.#folder, () => mkdir(this.#folder, { recursive: true, mode: 0o700 }));
    await writeDurably(file, bytes);
    return file;
  }

  /** Removes everything about a delivery that did not arrive. */
  async forget(waybillId: string): Promise<void> {
    await removeFile(this.#waybillPath(waybillId));
  }

  #waybillPath(waybillId: string): string {
    return path.join(this.#folder, `${waybillId}.waybill.json`);
  }
}
