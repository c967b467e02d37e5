/** Contracts for tests: a telephone company with accounts, customers and orders, and folders of it. */
import { createHash } from "node:crypto";
import { stringify } from "yaml";
import type { ClientFolder, Definition } from "../../src/modules/contracts/index.ts";
import { parseContract } from "../../src/modules/contracts/index.ts";

/** A contract document as plain data, to be changed by a test before it is written. */
export interface ContractDocument {
  version: string;
  tenant?: string;
  schema: DatasetDocument[];
  customProperties: Extension[];
  [key: string]: unknown;
}

export interface DatasetDocument {
  name: string;
  properties: FieldDocument[];
  customProperties: Extension[];
  [key: string]: unknown;
}

export interface FieldDocument {
  name: string;
  logicalType?: string;
  customProperties?: Extension[];
  [key: string]: unknown;
}

export interface Extension {
  property: string;
  value: unknown;
}

/** `waybill.`-properties from an object. */
export function waybill(values: Record<string, unknown>): Extension[] {
  return Object.entries(values).map(([name, value]) => ({ property: `waybill.${name}`, value }));
}

/** A valid contract. Every call answers a new one. */
export function sampleContract(): ContractDocument {
  return {
    apiVersion: "v3.1.0",
    kind: "DataContract",
    id: "telecom-customers",
    status: "active",
    version: "1.0.0",
    tenant: "telecom",
    customProperties: waybill({
      timeZone: "Europe/Berlin",
      defaultCountry: "DE",
      currency: "EUR",
      purposes: ["marketing.communications.email", "essential.service"],
    }),
    schema: [accounts(), customers(), orders()],
  };
}

function accounts(): DatasetDocument {
  return {
    name: "accounts",
    customProperties: waybill({ kind: "account" }),
    properties: [
      { name: "account_id", logicalType: "string", primaryKey: true },
      {
        name: "company",
        logicalType: "string",
        customProperties: waybill({ normaliser: "company-name" }),
      },
    ],
  };
}

function customers(): DatasetDocument {
  return {
    name: "customers",
    customProperties: waybill({
      kind: "customer",
      account: { field: "account_id", references: "accounts.account_id" },
      rules: [
        { id: "adult", expression: 'row.born < date("2008-01-01")', message: "must be an adult" },
      ],
    }),
    properties: [
      { name: "customer_id", logicalType: "string", primaryKey: true },
      {
        name: "email",
        logicalType: "string",
        logicalTypeOptions: { maxLength: 200, pattern: "[^@]+@[^@]+" },
        customProperties: waybill({
          identifier: true,
          normaliser: "email",
          category: "user.contact.email",
        }),
      },
      { name: "account_id", logicalType: "string" },
      { name: "born", logicalType: "date", logicalTypeOptions: { minimum: "1900-01-01" } },
      {
        name: "plan",
        logicalType: "string",
        customProperties: waybill({ values: ["small", "it's large"] }),
      },
      { name: "is_active", logicalType: "boolean" },
      {
        name: "charges",
        logicalType: "number",
        customProperties: waybill({ type: "decimal(10,2)" }),
      },
      { name: "tags", logicalType: "array", items: { logicalType: "string" } },
      { name: "notes", logicalType: "string" },
    ],
  };
}

function orders(): DatasetDocument {
  return {
    name: "orders",
    customProperties: waybill({
      kind: "event",
      eventTime: "ordered_on",
      subject: { field: "customer_id", references: "customers.customer_id" },
    }),
    properties: [
      { name: "order_id", logicalType: "string", primaryKey: true },
      { name: "customer_id", logicalType: "string" },
      { name: "ordered_on", logicalType: "date" },
      { name: "amount", logicalType: "number", logicalTypeOptions: { minimum: 0 } },
      { name: "items", logicalType: "integer" },
    ],
  };
}

/** A dataset of a document. */
export function datasetOf(document: ContractDocument, name: string): DatasetDocument {
  const found = document.schema.find((dataset) => dataset.name === name);
  if (found === undefined) {
    throw new Error(`the sample contract has no dataset ${name}`);
  }
  return found;
}

/** A field of a document, by `dataset.field`. */
export function fieldOf(document: ContractDocument, path: string): FieldDocument {
  const [dataset = "", field = ""] = path.split(".");
  const found = datasetOf(document, dataset).properties.find(({ name }) => name === field);
  if (found === undefined) {
    throw new Error(`the sample contract has no field ${path}`);
  }
  return found;
}

/** The document as the bytes of a file. */
export function contractBytes(document: ContractDocument): Uint8Array {
  return new TextEncoder().encode(stringify(document, { aliasDuplicateObjects: false }));
}

/** The folder that would hold the document and the definitions, without a disk. */
export function sampleFolder(
  document: ContractDocument,
  definitions: readonly Pick<Definition, "kind" | "name" | "body">[] = [],
): ClientFolder {
  const contract = contractBytes(document);
  const catalogue = parseContract(contract, "contract.yaml");
  return {
    client: catalogue.client,
    contract,
    catalogue,
    definitions: definitions.map((definition) => ({
      ...definition,
      file: `${definition.kind}s/${definition.name}.yaml`,
      sha256: createHash("sha256").update(JSON.stringify(definition.body)).digest("hex"),
      locate: () => ({ line: 1, column: 1 }),
    })),
  };
}
