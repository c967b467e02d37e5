/**
 * Sealed values: how many a core seals and opens with keys at hand, beside the bare cipher; and how long
 * it takes to open a value of each of many persons, keys fetched and unwrapped, in batches.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  fileKeyring,
  type Handle,
  JournalFile,
  openProtection,
  type Protection,
  rotateKeys,
} from "../src/modules/protection/index.ts";
import { systemClock } from "../src/platform/clock.ts";
import { createScope, migrateScope } from "../src/platform/postgres/index.ts";
import { benchDatabase } from "./bench-scope.ts";
import { type BenchOptions, type Figure, figure, median, timed } from "./figure.ts";

const SSN = { dataset: "customers", field: "ssn" };
const BATCH = 10_000;
const VALUES = 100_000;
const REPEATS = 3;
const NONCE_BYTES = 12;

export async function* benchProtection(options: BenchOptions): AsyncGenerator<Figure> {
  await using bench = await benchDatabase();
  const { db, dataDir } = bench;
  const scope = await createScope(db, "protection");
  await migrateScope(db, scope, "keys");
  const place = {
    db,
    scope,
    client: "protection",
    encryption: fileKeyring(join(dataDir, "encryption")),
    journal: new JournalFile(join(dataDir, "destroyed")),
    clock: systemClock,
  };
  const protection = await openProtection(place);
  yield* coreFigures(protection, options);
  for (const rows of options.rows) {
    yield* batchFigures(protection, rows, options);
  }
  const { seconds, result } = await timed(() => rotateKeys(place));
  yield figure({
    name: `protection.rotate.${result.rewrapped}`,
    value: result.rewrapped / seconds,
    unit: "keys/s",
    limitName: "a million keys in five minutes",
    limit: 1_000_000 / 300,
    target: "≥ the limit",
    holds: (_, ratio) => ratio >= 1,
  });
}

/** Time of this process's own, so that whatever else runs on the machine does not count. */
function cpuSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000_000;
}

async function* coreFigures(
  protection: Protection,
  { note }: BenchOptions,
): AsyncGenerator<Figure> {
  const handles = handlesOf(protection, 0, 1_000);
  const sealer = await protection.sealer(handles);
  const opener = await protection.openerOf(handles);
  const rates = { seal: [], open: [], cipher: [], decipher: [] } as Record<string, number[]>;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    note(`protection, run ${repeat + 1} of ${REPEATS}`);
    const sealed: Buffer[] = [];
    const seal = cpuSeconds(() => {
      for (let index = 0; index < VALUES; index += 1) {
        sealed.push(sealer.seal(handles[index % 1_000] ?? "", SSN, `${100_000_000 + index}`));
      }
    });
    const open = cpuSeconds(() => sealed.forEach((value) => opener.open(SSN, value)));
    const bare = bareCipher();
    rates["seal"]?.push(VALUES / seal);
    rates["open"]?.push(VALUES / open);
    rates["cipher"]?.push(VALUES / bare.encrypt);
    rates["decipher"]?.push(VALUES / bare.decrypt);
  }
  for (const [name, limit] of [
    ["seal", "cipher"],
    ["open", "decipher"],
  ] as const) {
    yield figure({
      name: `protection.${name}.${VALUES}`,
      value: median(rates[name] ?? []),
      unit: "values/s of CPU",
      limitName: "bare AES-256-GCM of node:crypto, one key",
      limit: median(rates[limit] ?? []),
      target: "≥ 1/3 of the limit",
      holds: (_, ratio) => ratio >= 1 / 3,
    });
  }
}

/** What Node alone takes to encrypt and decrypt as many texts of nine digits. */
function bareCipher(): { readonly encrypt: number; readonly decrypt: number } {
  const key = createSecretKey(randomBytes(32));
  const nonce = randomBytes(NONCE_BYTES);
  const options = { authTagLength: 16 };
  const made: [Buffer, Buffer][] = [];
  const encrypt = cpuSeconds(() => {
    for (let index = 0; index < VALUES; index += 1) {
      const cipher = createCipheriv("aes-256-gcm", key, nonce, options);
      const text = cipher.update(`${100_000_000 + index}`, "utf8");
      cipher.final();
      made.push([text, cipher.getAuthTag()]);
    }
  });
  const decrypt = cpuSeconds(() => {
    for (const [text, tag] of made) {
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, options);
      decipher.setAuthTag(tag);
      decipher.update(text).toString("utf8");
      decipher.final();
    }
  });
  return { encrypt, decrypt };
}

async function* batchFigures(
  protection: Protection,
  rows: number,
  { note }: BenchOptions,
): AsyncGenerator<Figure> {
  note(`protection, ${rows} persons`);
  const sealed: Buffer[] = [];
  const made = await timed(async () => {
    for (let start = 0; start < rows; start += BATCH) {
      const handles = handlesOf(protection, start, Math.min(BATCH, rows - start));
      const sealer = await protection.sealer(handles);
      sealed.push(...handles.map((handle, index) => sealer.seal(handle, SSN, `${start + index}`)));
    }
  });
  yield figure({
    name: `protection.seal-all.${rows}`,
    value: rows / made.seconds,
    unit: "persons/s",
    limitName: "the floor of an intake, 25,000 rows/s",
    limit: 25_000,
    target: "each person's key made and one value sealed: ≥ 1/2 of the limit",
    holds: (_, ratio) => ratio >= 0.5,
  });
  const opened = await timed(async () => {
    for (let start = 0; start < rows; start += BATCH) {
      const batch = sealed.slice(start, start + BATCH);
      const opener = await protection.opener(batch);
      batch.forEach((value) => opener.open(SSN, value));
    }
  });
  yield figure({
    name: `protection.open-all.${rows}`,
    value: rows / opened.seconds,
    unit: "persons/s",
    limitName: "the same with keys made and sealed",
    limit: rows / made.seconds,
    target: "each person's key fetched and one value opened: ≥ the limit",
    holds: (_, ratio) => ratio >= 1,
  });
}

function handlesOf(protection: Protection, start: number, count: number): Handle[] {
  return Array.from({ length: count }, (_, index) =>
    protection.handleOf(["customers", "crm", `${start + index}`]),
  );
}
