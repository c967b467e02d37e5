/** Where payloads wait inside the data directory: nobody but the owner looks in. */
import { mkdir } from "node:fs/promises";
import { onDisk } from "../payload/payload-file.ts";

/** @throws UnavailableError when the folder cannot be made */
export async function makeSpool(folder: string): Promise<void> {
  await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
}
