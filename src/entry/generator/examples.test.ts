/** The example clients against the contract parser, the published files and the generated ones. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { must } from "../../kernel/index.ts";
import {
  type ClientFolder,
  customerDataset,
  findDataset,
  readFolder,
} from "../../modules/contracts/index.ts";
import { parseCriteria } from "../../modules/criteria/index.ts";
import {
  checkDestinations,
  checkRoutes,
  destinationSchema,
  routeSchema,
} from "../../modules/distribution/index.ts";
import { checkSources } from "../../modules/intake/index.ts";
import {
  allowsCategory,
  checkRecipients,
  recipientSchema,
  resolveAsker,
} from "../../modules/policy/index.ts";
import { referenceData } from "../../../tests/support/reference-data.ts";
import { generate, GENERATED_CLIENTS, type GeneratedClient } from "./index.ts";

const source = z.object({
  source: z.string(),
  dataset: z.string(),
  format: z.object({ delimiter: z.string() }),
  statedAt: z.object({ column: z.string() }).optional(),
  fields: z.record(z.string(), z.union([z.string(), z.object({ column: z.string() })])).default({}),
});
const segment = z.object({
  segment: z.string(),
  kind: z.string(),
  purpose: z.string(),
  subject: z.string().optional(),
  criteria: z.string(),
});
function folderOf(client: GeneratedClient): Promise<ClientFolder> {
  return readFolder(fileURLToPath(new URL(`../../../examples/${client}`, import.meta.url)));
}

const FOLDERS = {
  telecom: await folderOf("telecom"),
  retail: await folderOf("retail"),
  health: await folderOf("health"),
  freight: await folderOf("freight"),
} satisfies Record<GeneratedClient, ClientFolder>;

function definitionsOf<T>(
  client: GeneratedClient,
  kind: string,
  schema: z.ZodType<T>,
): readonly T[] {
  return FOLDERS[client].definitions
    .filter((definition) => definition.kind === kind)
    .map(({ body }) => schema.parse(body));
}

function columnsOf(
  { fields, statedAt }: z.infer<typeof source>,
  datasetFields: readonly string[],
): string[] {
  const mapped = datasetFields.map((name) => fields[name] ?? name);
  const columns = mapped.map((each) => (typeof each === "string" ? each : each.column));
  return statedAt === undefined ? columns : [...columns, statedAt.column];
}

describe.each(GENERATED_CLIENTS)("%s", (client) => {
  const { catalogue, definitions } = FOLDERS[client];
  const ofKind = (kind: string) => definitions.filter((definition) => definition.kind === kind);

  test("the contract is of the folder's client and has customers", () => {
    expect(catalogue.client).toBe(client);
    expect(customerDataset(catalogue)?.name).toBe("customers");
  });

  test("every segment can be read, has a purpose of the contract and warns of nothing", () => {
    const segments = definitionsOf(client, "segment", segment);
    const names = segments.map((each) => each.segment);

    expect(new Set(names).size).toBe(names.length);
    for (const { criteria, purpose, subject } of segments) {
      expect(parseCriteria(criteria, catalogue, { segments: names, subject }).warnings).toEqual([]);
      expect(catalogue.purposes).toContain(purpose);
    }
  });

  test("segments cover the kinds that the data can tell apart", () => {
    const kinds = new Set(definitionsOf(client, "segment", segment).map(({ kind }) => kind));

    expect(kinds.size).toBeGreaterThanOrEqual(7);
  });

  test("sources, recipients, destinations and routes are free of every issue that a plan would find", () => {
    expect(checkSources(ofKind("source"), catalogue)).toEqual([]);
    expect(checkRecipients(definitions, catalogue)).toEqual([]);
    expect(checkDestinations(definitions)).toEqual([]);
    expect(checkRoutes(definitions, catalogue)).toEqual([]);
    expect(ofKind("route").length).toBeGreaterThanOrEqual(2);
  });

  test("every agreement holds throughout the second half of 2026", () => {
    for (const { agreement } of definitionsOf(client, "recipient", recipientSchema)) {
      expect(agreement.from <= "2026-07-01").toBe(true);
      expect(agreement.until >= "2026-12-31").toBe(true);
    }
  });

  test("every field of a route is of a category that its recipient's agreement has", () => {
    const recipients = definitionsOf(client, "recipient", recipientSchema);
    const destinations = definitionsOf(client, "destination", destinationSchema);
    const refused = definitionsOf(client, "route", routeSchema).flatMap((route) => {
      const to = destinations.find(({ destination }) => destination === route.destination);
      const { agreement } = must(
        recipients.find(({ recipient }) => recipient === to?.recipient),
        "recipients are checked above",
      );
      const categories = route.fields.map(
        (name) =>
          must(
            customerDataset(catalogue)?.fields.find((one) => one.name === name),
            "fields are checked above",
          ).category,
      );
      return categories.filter((category) => !allowsCategory(agreement, category));
    });
    expect(refused).toEqual([]);
  });

  test("whoever is at the command line and says nothing asks as the operator's own team", () => {
    const recipients = definitionsOf(client, "recipient", recipientSchema);
    const at = new Date("2026-10-01T12:00:00Z");
    const asker = resolveAsker("cli:somebody", {}, { recipients, catalogue, at });
    expect(asker.recipient.recipient).toBe("operations");
    expect(asker.purpose).toBe("essential.service.operations.support");
  });
});

const PUBLISHED = [
  ["telecom", "billing", "customers/telco/Telco-Customer-Churn.csv"],
  ["retail", "shop", "customers/cdnow/CDNOW_master.txt"],
  ["health", "patients", "customers/synthea/patients.csv"],
  ["health", "conditions", "customers/synthea/conditions.csv"],
  ["health", "medications", "customers/synthea/medications.csv"],
  ["health", "immunizations", "customers/synthea/immunizations.csv"],
  ["health", "careplans", "customers/synthea/careplans.csv"],
] as const;

test.for(PUBLISHED)(
  "%s: the source %s takes every column of %s, and no other",
  (published, { skip }) => {
    const [client, name, path] = published;
    const file = referenceData(path) ?? skip(`reference data is absent: ${path}`);

    expect(misfits(client, name, file)).toEqual([]);
  },
);

const GENERATED = [
  ["telecom", "billing", "billing.csv"],
  ["telecom", "crm", "crm_contacts.csv"],
  ["telecom", "helpdesk", "tickets.csv"],
  ["telecom", "telephony", "calls.csv"],
  ["retail", "shop", "orders.txt"],
  ["retail", "club", "profiles.csv"],
  ["retail", "surveys", "answers.csv"],
  ["health", "patients", "patients.csv"],
  ["health", "conditions", "conditions.csv"],
  ["health", "medications", "medications.csv"],
  ["health", "immunizations", "immunizations.csv"],
  ["health", "careplans", "careplans.csv"],
  ["freight", "directory", "accounts.csv"],
  ["freight", "crm", "contacts.csv"],
  ["freight", "dispatch", "shipments.csv"],
  ["freight", "helpdesk", "tickets.csv"],
  ["freight", "telephony", "calls.csv"],
] as const;

/** Files of no source: who is who, and what people have agreed to. */
const NO_RECORDS = ["truth.csv", "consents.csv"];

test.each(GENERATED_CLIENTS)(
  "%s: the sources take every column of the generated files",
  async (client) => {
    const out = await mkdtemp(join(tmpdir(), "waybill-examples-"));
    const { files } = await generate({ client, customers: 1, seed: 1, out });
    const expected = GENERATED.filter(([owner]) => owner === client);

    for (const [, name, file] of expected) {
      expect(misfits(client, name, join(out, file))).toEqual([]);
    }
    const names = files
      .map(({ path }) => basename(path))
      .filter((name) => !NO_RECORDS.includes(name));
    expect(names.toSorted()).toEqual(expected.map(([, , file]) => file).toSorted());
    await rm(out, { recursive: true });
  },
);

/** Columns of the file that no field takes, and columns that the source names and the file lacks. */
function misfits(client: GeneratedClient, name: string, file: string): readonly string[] {
  const mapping = must(
    definitionsOf(client, "source", source).find((each) => each.source === name),
    "the tables above name sources that are there",
  );
  const dataset = must(
    findDataset(FOLDERS[client].catalogue, mapping.dataset),
    "sources name datasets",
  );
  const [line = ""] = readFileSync(file, "utf8").replace("\uFEFF", "").split(/\r?\n/, 1);
  const isBlanks = mapping.format.delimiter === "whitespace";
  const columns = isBlanks ? line.trim().split(/ +/) : line.split(mapping.format.delimiter);
  const fields = dataset.fields.map((field) => field.name);
  const taken = columnsOf(mapping, fields);
  const named = columnsOf(mapping, Object.keys(mapping.fields));

  return [
    ...columns.filter((column) => !taken.includes(column)),
    ...named.filter((column) => !columns.includes(column)),
  ];
}
