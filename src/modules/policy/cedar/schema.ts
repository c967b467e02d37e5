/**
 * Cedar's schema for a client, made from its contract: what policies can speak of, and with which types.
 * Every field of a row is optional, since any value can be missing; so Cedar's validator lets nobody
 * forget to ask `has` first.
 */
import type { SchemaJson, TypeOfAttribute } from "@cedar-policy/cedar-wasm/nodejs";
import { customerDataset } from "../../contracts/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { CONSENT_CHANNELS } from "../../criteria/index.ts";
import type { ScalarType } from "../compile/residual.ts";
import { GIVEN_FORMS } from "../forms/form.ts";
import { attributesOf } from "./attributes.ts";

type Attributes = Record<string, TypeOfAttribute<string>>;

const TEXT = { type: "String" } as const;
const BOOLEAN = { type: "Boolean" } as const;
const DATETIME = { type: "Extension", name: "datetime" } as const;
const PURPOSE = { type: "Entity", name: "Purpose" } as const;

/** The schema that a client's policies are validated against. */
export function schemaOf(catalogue: Catalogue): SchemaJson<string> {
  const accounts = catalogue.datasets.find(({ kind }) => kind === "account");
  const actions = GIVEN_FORMS.map((form) => [form, { appliesTo: REQUEST }] as const);
  return {
    "": {
      entityTypes: {
        Recipient: { shape: record(RECIPIENT) },
        Category: { memberOfTypes: ["Category"] },
        Purpose: { memberOfTypes: ["Purpose"] },
        Dataset: {},
        Field: { memberOfTypes: ["Category", "Dataset"], shape: record(FIELD) },
        Customer: { shape: record(rowAttributes(attributesOf(customerDataset(catalogue)))) },
        Account: { shape: record(rowAttributes(attributesOf(accounts))) },
      },
      actions: Object.fromEntries(actions),
    },
  };
}

function record(attributes: Attributes) {
  return { type: "Record", attributes } as const;
}

const RECIPIENT: Attributes = {
  kind: TEXT,
  jurisdiction: TEXT,
  transferMechanism: TEXT,
  agreement: record({ id: TEXT, version: TEXT, from: DATETIME, until: DATETIME }),
};

const FIELD: Attributes = {
  name: TEXT,
  dataset: TEXT,
  type: TEXT,
  identifier: BOOLEAN,
  sealed: BOOLEAN,
};

const REQUEST = {
  principalTypes: ["Recipient"],
  resourceTypes: ["Field"],
  context: record({
    purpose: PURPOSE,
    now: DATETIME,
    today: DATETIME,
    customer: { type: "Entity", name: "Customer" },
    account: { type: "Entity", name: "Account" },
    consents: record(
      Object.fromEntries(
        CONSENT_CHANNELS.map((channel) => [channel, { type: "Set", element: PURPOSE }] as const),
      ),
    ),
  }),
};

function rowAttributes(types: ReadonlyMap<string, ScalarType | "set">): Attributes {
  return Object.fromEntries(
    [...types].map(([name, type]) => [name, { ...attribute(type), required: false }] as const),
  );
}

function attribute(type: ScalarType | "set"): TypeOfAttribute<string> {
  switch (type) {
    case "string":
      return TEXT;
    case "boolean":
      return BOOLEAN;
    case "long":
      return { type: "Long" };
    case "set":
      return { type: "Set", element: TEXT };
    default:
      return { type: "Extension", name: type };
  }
}
