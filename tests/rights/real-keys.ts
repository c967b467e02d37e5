/** The keys of a client in a key database and a folder that several processes share. */
import { join } from "node:path";
import { FixedClock, must } from "../../src/kernel/index.ts";
import {
  fileKeyring,
  JournalFile,
  openProtection,
  type Protection,
} from "../../src/modules/protection/index.ts";
import { type Database, findScope } from "../../src/platform/postgres/index.ts";
import { NOW } from "./scene.ts";

/** @param db the key database, in which a scene has made the client's schema */
export async function keysIn(db: Database, folder: string): Promise<Protection> {
  return await openProtection({
    db,
    scope: must(await findScope(db, "acme"), "the scene made it"),
    client: "acme",
    encryption: fileKeyring(join(folder, "encryption")),
    journal: new JournalFile(join(folder, "destroyed", "acme")),
    clock: new FixedClock(NOW),
  });
}
