/** A small client on a database of its own, and imports into it as the command line would report them. */
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { reportFailure } from "../../src/entry/cli/failure.ts";
import { Output } from "../../src/entry/cli/output.ts";
import { definitionChecks } from "../../src/entry/definition-checks.ts";
import { systemClock } from "../../src/platform/clock.ts";
import {
  applyFolder,
  type Client,
  getClient,
  readFolder,
} from "../../src/modules/contracts/index.ts";
import {
  importInput,
  type ImportReport,
  type ImportRequest,
} from "../../src/modules/intake/index.ts";
import type { Database } from "../../src/platform/postgres/index.ts";
import { testScope } from "../support/database.ts";

export const CONTRACT = `
apiVersion: v3.1.0
kind: DataContract
id: shop
name: Shop
version: 1.0.0
status: active
tenant: shop
customProperties:
  - {property: waybill.timeZone, value: Europe/Berlin}
  - {property: waybill.defaultCountry, value: DE}
  - {property: waybill.currency, value: EUR}
  - {property: waybill.purposes, value: [analytics.reporting]}
schema:
  - name: customers
    logicalType: object
    customProperties:
      - {property: waybill.kind, value: customer}
    properties:
      - {name: number, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: name, logicalType: string, customProperties: [{property: waybill.category, value: user.name}]}
      - {name: born, logicalType: date}
      - {name: seen, logicalType: timestamp}
      - name: balance
        logicalType: number
        customProperties: [{property: waybill.type, value: "decimal(12,2)"}]
      - {name: points, logicalType: integer}
  - name: orders
    logicalType: object
    customProperties:
      - {property: waybill.kind, value: event}
      - {property: waybill.eventTime, value: ordered_on}
      - {property: waybill.subject, value: {field: customer, references: customers.number}}
    properties:
      - {name: customer, logicalType: string, required: true}
      - {name: ordered_on, logicalType: date, required: true}
      - name: amount
        logicalType: number
        customProperties: [{property: waybill.type, value: "decimal(12,2)"}]
`;

const DEFAULT_SOURCES = {
  "crm.yaml": "source: crm\ndataset: customers\nprecedence: 10\ncontrol: {sums: [balance]}\n",
  "till.yaml": "source: till\ndataset: orders\nprecedence: 10\ncontrol: {sums: [amount]}\n",
};

export interface Shop {
  readonly contract?: string | undefined;
  /** Content of the files in `sources/`. */
  readonly sources?: Readonly<Record<string, string>> | undefined;
}

/** Writes a client's folder. Use with `await using`: it goes at the end. */
export async function shopFolder(shop: Shop = {}): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "waybill-shop-"));
  await mkdir(join(path, "sources"));
  await writeFile(join(path, "contract.yaml"), shop.contract ?? CONTRACT);
  for (const [name, text] of Object.entries(shop.sources ?? DEFAULT_SOURCES)) {
    await writeFile(join(path, "sources", name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Applies the folder of a shop. */
export async function applyShop(db: Database, shop: Shop = {}): Promise<Client> {
  await using written = await shopFolder(shop);
  const folder = await readFolder(written.path);
  const options = { actor: "alice", clock: systemClock, allow: [] };
  await testScope(db, folder.catalogue.client);
  await applyFolder(db, folder, definitionChecks(), options);
  return await getClient(db, folder.catalogue.client);
}

/** How an import ended, as its user sees it. */
export interface Outcome {
  readonly exitCode: number;
  /** Undefined when it failed. */
  readonly report: ImportReport | undefined;
  /** Everything that was said besides the report: notes and the error. */
  readonly said: string;
}

export async function attempt(
  db: Database,
  client: Client,
  request: Partial<ImportRequest> & {
    readonly content: string | Uint8Array | AsyncIterable<Uint8Array>;
  },
): Promise<Outcome> {
  const heard = new Heard();
  const output = new Output(false, { stdout: heard, stderr: heard });
  const { content, ...rest } = request;
  try {
    const report = await importInput(
      { db, clock: systemClock },
      {
        client,
        dataset: "customers",
        input: bytesOf(content),
        origin: "file",
        expected: { sums: {} },
        actor: "alice",
        dryRun: false,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onNote: (note) => output.note(note),
        ...rest,
      },
    );
    return { exitCode: report.state === "held" ? 3 : 0, report, said: heard.text };
  } catch (error) {
    const exitCode = reportFailure(error, output, heard);
    return { exitCode, report: undefined, said: heard.text };
  }
}

function bytesOf(
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  if (typeof content === "string" || content instanceof Uint8Array) {
    return Readable.from([typeof content === "string" ? Buffer.from(content) : content]);
  }
  return content;
}

class Heard extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}
