/**
 * A client whose contract seals a field of every type and every use (key, identifier, reference, subject,
 * survivorship by majority), and its twin that seals nothing: what happens to both must be the same.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { definitionChecks } from "../../src/entry/definition-checks.ts";
import { resealing, sealedFolder } from "../../src/entry/sealing.ts";
import { FixedClock } from "../../src/kernel/index.ts";
import {
  applyFolder,
  type Client,
  getClient,
  type Plan,
  planFolder,
  readFolder,
} from "../../src/modules/contracts/index.ts";
import { importInput, type ImportReport } from "../../src/modules/intake/index.ts";
import type { Protection } from "../../src/modules/protection/index.ts";
import type { Database } from "../../src/platform/postgres/index.ts";

/** Every field of these categories is sealed by the clinic. */
export const SENSITIVE = ["user.government_id", "user.health_and_medical"];

const ID = "{property: waybill.category, value: user.government_id}";
const MEDICAL = "{property: waybill.category, value: user.health_and_medical}";

/** @param version of the contract; the same text must not have two */
export function clinicContract(sealed: readonly string[], version = "1.0.0"): string {
  const few = sealed.length === 0 ? "" : ", {property: waybill.sealed, value: subject}";
  return `
apiVersion: v3.1.0
kind: DataContract
id: clinic
name: Clinic
version: ${version}
status: active
tenant: clinic
customProperties:
  - {property: waybill.timeZone, value: Europe/Berlin}
  - {property: waybill.defaultCountry, value: DE}
  - {property: waybill.currency, value: EUR}
  - {property: waybill.purposes, value: [analytics.reporting]}
  - {property: waybill.sealedCategories, value: [${sealed.join(", ")}]}
schema:
  - name: employers
    customProperties: [{property: waybill.kind, value: account}]
    properties:
      - {name: tax_no, logicalType: string, primaryKey: true, customProperties: [${ID}]}
      - {name: title, logicalType: string}
  - name: patients
    customProperties:
      - {property: waybill.kind, value: customer}
      - {property: waybill.account, value: {field: employer, references: employers.tax_no}}
      - {property: waybill.rules, value: [{id: children, expression: "row.children == null || row.children >= 0", message: nobody has fewer than none}]}
    properties:
      - {name: pid, logicalType: string, primaryKey: true, customProperties: [${ID}, {property: waybill.identifier, value: true}]}
      - {name: ward, logicalType: string, primaryKey: true}
      - {name: name, logicalType: string, customProperties: [{property: waybill.category, value: user.name}]}
      - {name: passport, logicalType: string, customProperties: [${ID}, {property: waybill.identifier, value: true}, {property: waybill.normaliser, value: upper}]}
      - {name: employer, logicalType: string, customProperties: [${ID}]}
      - {name: diagnosis, logicalType: string, customProperties: [${MEDICAL}, {property: waybill.survivorship, value: majority}]}
      - {name: born, logicalType: date, customProperties: [${MEDICAL}]}
      - {name: admitted, logicalType: timestamp, customProperties: [${MEDICAL}]}
      - {name: weight, logicalType: number, customProperties: [${MEDICAL}, {property: waybill.type, value: "decimal(6,2)"}]}
      - {name: children, logicalType: integer, customProperties: [${MEDICAL}]}
      - {name: smokes, logicalType: boolean, customProperties: [${MEDICAL}]}
      - {name: blood, logicalType: string, customProperties: [${MEDICAL}, {property: waybill.values, value: [A, B, AB, "0"]}${few}]}
      - {name: allergies, logicalType: array, items: {logicalType: string}, customProperties: [${MEDICAL}]}
  - name: visits
    customProperties:
      - {property: waybill.kind, value: event}
      - {property: waybill.eventTime, value: on}
      - {property: waybill.subject, value: {field: patient, references: patients.pid}}
    properties:
      - {name: patient, logicalType: string, customProperties: [${ID}]}
      - {name: on, logicalType: date}
      - {name: finding, logicalType: string, customProperties: [${MEDICAL}]}
      - {name: cost, logicalType: integer}
  - name: calls
    customProperties:
      - {property: waybill.kind, value: event}
      - {property: waybill.eventTime, value: at}
      - {property: waybill.subject, value: {field: patient, references: patients.pid}}
      - {property: waybill.createsCustomers, value: true}
    properties:
      - {name: call, logicalType: string, primaryKey: true, customProperties: [${ID}]}
      - {name: patient, logicalType: string, customProperties: [${ID}]}
      - {name: at, logicalType: timestamp}
`;
}

const SOURCES = {
  "register.yaml": "source: register\ndataset: patients\nprecedence: 10\n",
  "desk.yaml": "source: desk\ndataset: patients\nprecedence: 5\n",
  "tax.yaml": "source: tax\ndataset: employers\n",
  "rounds.yaml": "source: rounds\ndataset: visits\n",
  "phone.yaml": "source: phone\ndataset: calls\n",
};

/** A segment that names values of sealed fields. */
const ILL = `
segment: ill
title: The ill
description: Those who are ill
kind: behavioural
owner: ward
purpose: analytics.reporting
criteria: customer.diagnosis == "sarcoidosis" || visits.where(v, v.finding == "swollen ankle").any()
`;

export const AT = new Date("2026-05-05T12:00:00Z");

/** A clinic on a database. */
export interface Clinic {
  readonly db: Database;
  readonly client: Client;
  readonly protection: Protection;
  /** Imports a CSV file, or rows of any other text. */
  readonly bring: (dataset: string, source: string, content: string) => Promise<ImportReport>;
}

export interface ClinicOptions {
  readonly db: Database;
  readonly protection: Protection;
  readonly contract?: string | undefined;
  /** Files in `sources/` that are others than ever. */
  readonly sources?: Readonly<Record<string, string>> | undefined;
}

/** Applies the contract and its sources. */
export async function openClinic(options: ClinicOptions): Promise<Clinic> {
  const { db, protection, contract } = options;
  const client = await applyClinic(options, contract ?? clinicContract(SENSITIVE));
  const clock = new FixedClock(AT);
  return {
    db,
    client,
    protection,
    bring: (dataset, source, content) =>
      importInput(
        { db, clock, protect: () => Promise.resolve(protection) },
        {
          client,
          dataset,
          source,
          input: Readable.from([Buffer.from(content)]),
          origin: `${source}.csv`,
          expected: { sums: {} },
          actor: "alice",
          dryRun: false,
          signal: new AbortController().signal,
          onProgress: () => undefined,
          onNote: () => undefined,
        },
      ),
  };
}

/** Writes the clinic's folder. */
export async function writeClinic(
  path: string,
  contract: string,
  sources: ClinicOptions["sources"] = {},
): Promise<void> {
  await mkdir(join(path, "sources"), { recursive: true });
  await mkdir(join(path, "segments"), { recursive: true });
  await writeFile(join(path, "segments", "ill.yaml"), ILL);
  await writeFile(join(path, "contract.yaml"), contract);
  for (const [name, text] of Object.entries({ ...SOURCES, ...sources })) {
    await writeFile(join(path, "sources", name), text);
  }
}

type Applied = Pick<ClinicOptions, "db" | "protection" | "sources">;

/** Applies a contract of the clinic, with its sources, as the command does. */
export async function applyClinic(options: Applied, contract: string): Promise<Client> {
  const { db } = options;
  const { folder, protecting } = await readClinic(options, contract);
  await applyFolder(db, folder, definitionChecks(), {
    actor: "alice",
    clock: new FixedClock(AT),
    allow: [],
    reseal: resealing(protecting, folder),
  });
  return await getClient(db, folder.catalogue.client);
}

/** What applying a contract of the clinic would change. */
export async function planClinic(options: Applied, contract: string): Promise<Plan> {
  const { folder } = await readClinic(options, contract);
  return await planFolder(options.db, folder, definitionChecks());
}

async function readClinic({ protection, sources }: Applied, contract: string) {
  const protecting = { protect: () => Promise.resolve(protection) };
  const path = await mkdtemp(join(tmpdir(), "waybill-clinic-"));
  try {
    await writeClinic(path, contract, sources);
    return { folder: await sealedFolder(protecting, await readFolder(path)), protecting };
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** The twin of the clinic that seals nothing. */
export const CLEAR_CONTRACT = clinicContract([]);

/** What the files of {@link bringFiles} say of sensitive fields, none of it a word of anything else. */
export const SECRETS = [
  "P-7731",
  "P-8842",
  "P-9953",
  "P-5520",
  "XK40917",
  "XK40918",
  "DE811907980",
  "sarcoidosis",
  "hyperlipidemia",
  "1951-03-07",
  "30:00.25",
  "77.25",
  "penicillin",
  "walnuts",
  "swollen ankle",
  "C-60031",
];

const HEAD =
  "pid,ward,name,passport,employer,diagnosis,born,admitted,weight,children,smokes,blood,allergies\n";
const ANN =
  'P-7731,w|1,Ann Ash,xk40917,DE811907980,sarcoidosis,1951-03-07,2026-04-01T08:30:00.25Z,77.25,2,yes,ab,"[""penicillin"",""walnuts""]"\n';
const BOB = "P-8842,w2,Bob Birch,,DE811907980,hyperlipidemia,1960-01-01,,80,,no,0,\n";

/** What the register says in the end. */
export const REGISTER = HEAD + ANN.replace("77.25", "76.5") + BOB.replace(",80,", ",81,");

/** A history: sources that overlap, events before their customers, changes, repeated and refused rows. */
export async function bringFiles({ bring }: Clinic): Promise<ImportReport[]> {
  const reports = [
    await bring(
      "visits",
      "rounds",
      "patient,on,finding,cost\nP-7731,2026-04-02,swollen ankle,10\n",
    ),
    await bring("employers", "tax", "tax_no,title\nDE811907980,Ash and Sons\n"),
    await bring("patients", "register", HEAD + ANN + BOB),
    await bring("patients", "register", HEAD + ANN + BOB),
    await bring(
      "patients",
      "desk",
      `${HEAD}X-1,w1,Ann Ash,XK40917,,sarcoidosis,,,,,,,\nP-8842,w9,Bob B,,,sarcoidosis,,,,,,,\n`,
    ),
    await bring("patients", "register", REGISTER),
    await bring("patients", "desk", `${HEAD}X-1,w1,Ann Ash,XK40917,,hyperlipidemia,,,,,,,\n`),
    await bring(
      "patients",
      "desk",
      `${HEAD}P-9953,w3,Cem,XK40918,,,,,,-1,,,\nP-9953,w3,Cem,XK40918,,,not a day,,,,,,\n`,
    ),
    await bring(
      "visits",
      "rounds",
      "patient,on,finding,cost\nP-7731,2026-04-02,swollen ankle,10\nP-7731,2026-04-02,swollen ankle,10\nP-9953,2026-04-03,,1\n",
    ),
    await bring("calls", "phone", "call,patient,at\nC-60031,P-5520,2026-04-04T10:00:00Z\n"),
    await bring("calls", "phone", "call,patient,at\nC-60031,P-8842,2026-04-04T10:00:00Z\n"),
  ];
  return reports;
}
