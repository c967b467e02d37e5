/** A client's keys for a test: a real key database, a keyring and a journal in a folder of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FixedClock } from "../../src/kernel/index.ts";
import {
  fileKeyring,
  JournalFile,
  type KeyEncryption,
  type KeyPlace,
} from "../../src/modules/protection/index.ts";
import { createScope, migrateScope } from "../../src/platform/postgres/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";

export interface KeyScene extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly clock: FixedClock;
  /** Where the client's keys lie; its schema is made when it is first asked for. */
  place(client?: string, encryption?: KeyEncryption): Promise<KeyPlace>;
}

export async function keyScene(): Promise<KeyScene> {
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), "waybill-keys-"));
  const clock = new FixedClock(new Date("2026-11-22T08:00:00Z"));
  return {
    database,
    folder,
    clock,
    async place(client = "acme", encryption = fileKeyring(join(folder, "encryption"))) {
      const scope = await createScope(database.db, client);
      await migrateScope(database.db, scope, "keys");
      const journal = new JournalFile(join(folder, "destroyed", client));
      return { db: database.db, scope, client, encryption, journal, clock };
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
