/**
 * Deliveries into a folder. A payload is written under a hidden name, made durable, then renamed; the
 * waybill comes last. A reader that waits for `*.waybill.json` never sees half a file.
 */
import { mkdir, open, realpath, rename } from "node:fs/promises";
import path from "node:path";
import { RefusedError } from "../../../kernel/index.ts";
import type { FolderDefinition } from "../definitions/schemas.ts";
import { onDisk, removeFile, syncPath } from "../payload/payload-file.ts";
import type { Consignment, Destination, SentNotice } from "./destination.ts";

const WAYBILL_ENDING = ".waybill.json";

/** Hidden, so that nobody's `*.csv` picks it up. */
export function partialName(name: string): string {
  return `.${name}.partial`;
}

/** The waybill's file name beside a payload's. */
export function waybillNameFor(payloadName: string): string {
  const { name } = path.parse(payloadName);
  return name + WAYBILL_ENDING;
}

export class FolderDestination implements Destination {
  readonly format: FolderDefinition["format"];
  readonly #outbox: string;
  readonly #definition: FolderDefinition;

  /** @param outbox the folder below which relative paths lie */
  constructor(definition: FolderDefinition, outbox: string) {
    this.format = definition.format;
    this.#definition = definition;
    this.#outbox = outbox;
  }

  async prepare(): Promise<string> {
    const folder = path.resolve(this.#outbox, this.#definition.path);
    await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o750 }));
    if (!path.isAbsolute(this.#definition.path)) {
      await this.#refuseOutside(folder);
    }
    return folder;
  }

  async hand({ staged, waybill, progress }: Consignment): Promise<void> {
    const folder = path.dirname(staged);
    const {
      payload: { file },
      records,
    } = waybill.document;
    const waybillFile = path.join(folder, waybillNameFor(file));
    const hidden = path.join(folder, partialName(waybillNameFor(file)));
    const payload = path.join(folder, file);
    try {
      await writeDurably(hidden, waybill.bytes);
      // Whoever does not wait for the waybill can take the payload from here on, be it removed again or not.
      await progress.mayLeave(records.count);
      await onDisk(payload, () => rename(staged, payload));
      await onDisk(waybillFile, () => rename(hidden, waybillFile));
      await onDisk(folder, () => syncPath(folder));
    } catch (error) {
      await removeFile(waybillFile);
      await removeFile(hidden);
      await removeFile(payload);
      throw error;
    }
  }

  async tell({ id, kind, bytes }: SentNotice): Promise<void> {
    const folder = await this.prepare();
    const name = `${kind}-${id}.notice.json`;
    const hidden = path.join(folder, partialName(name));
    const file = path.join(folder, name);
    try {
      await writeDurably(hidden, bytes);
      await onDisk(file, () => rename(hidden, file));
    } catch (error) {
      await removeFile(hidden);
      throw error;
    }
    await syncPath(folder);
  }

  /** A relative path stays below the outbox even where a symbolic link would lead out of it. */
  async #refuseOutside(folder: string): Promise<void> {
    const [outbox, target] = await Promise.all([realpath(this.#outbox), realpath(folder)]);
    const inside = path.relative(outbox, target);
    if (inside === ".." || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) {
      throw new RefusedError(
        "destination-outside",
        `the folder of destination ${this.#definition.destination} leads out of the outbox`,
        [],
        { hint: "remove the symbolic link, or give the folder as an absolute path" },
      );
    }
  }
}

/** Writes a small file so that it is complete on the disk before anybody can see it under its name. */
export async function writeDurably(file: string, bytes: Uint8Array, mode = 0o640): Promise<void> {
  await onDisk(file, async () => {
    const handle = await open(file, "w", mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}
