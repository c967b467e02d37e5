/** Cedar's own decisions: what `isAuthorized` says of one recipient, one field and one customer. */
import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import type { CedarValueJson, EntityJson, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import type { Dataset, Field } from "../../src/modules/contracts/index.ts";
import { CONSENT_CHANNELS } from "../../src/modules/criteria/index.ts";
import type { GivenForm, Recipient } from "../../src/modules/policy/index.ts";
import { localDate } from "../../src/protocol/waybill/index.ts";
import type { PolicyRow, RowValue } from "./world.ts";
import { ACCOUNTS, policyCatalogue } from "./world.ts";

export interface OracleRequest {
  readonly recipient: Recipient;
  readonly purpose: string;
  readonly at: Date;
  readonly dataset: Dataset;
  readonly field: Field;
  readonly form: GivenForm;
}

/** What Cedar answered: the decision, and which policies it was for. */
export interface OracleAnswer {
  readonly isAllowed: boolean;
  readonly reasons: ReadonlySet<string>;
}

/** Policies by id, parsed once by Cedar and kept by it under `name`. */
export function keepPolicies(name: string, policies: Readonly<Record<string, string>>): void {
  const answer = preparsePolicySet(name, { staticPolicies: policies });
  if (answer.type === "failure") {
    throw new Error(answer.errors.map(({ message }) => message).join("; "));
  }
}

/** Asks Cedar about one row. */
export function authorized(name: string, request: OracleRequest, row: PolicyRow): OracleAnswer {
  const { recipient, dataset, field, form, purpose, at } = request;
  const answer = statefulIsAuthorized({
    preparsedPolicySetId: name,
    principal: uid("Recipient", recipient.recipient),
    action: uid("Action", form),
    resource: uid("Field", `${dataset.name}.${field.name}`),
    context: {
      purpose: { __entity: uid("Purpose", purpose) },
      now: datetime(at.toISOString()),
      today: datetime(localDate(at, policyCatalogue.timeZone)),
      customer: { __entity: uid("Customer", "it") },
      account: { __entity: uid("Account", "it") },
      consents: consentsOf(row),
    },
    entities: [...entitiesOf(request), ...rowEntities(row)],
  });
  if (answer.type === "failure") {
    throw new Error(answer.errors.map(({ message }) => message).join("; "));
  }
  const { decision, diagnostics } = answer.response;
  return { isAllowed: decision === "allow", reasons: new Set(diagnostics.reason) };
}

function uid(type: string, id: string): TypeAndId {
  return { type, id };
}

function datetime(text: string): CedarValueJson {
  return { __extn: { fn: "datetime", arg: text } };
}

function consentsOf({ consents }: PolicyRow): CedarValueJson {
  return Object.fromEntries(
    CONSENT_CHANNELS.map((channel) => [
      channel,
      consents
        .filter((one) => one.channel === channel)
        .map(({ purpose }) => ({ __entity: uid("Purpose", purpose) })),
    ]),
  );
}

/** A key and those above it, as entities. */
function hierarchy(type: string, key: string): EntityJson[] {
  const parts = key.split(".");
  return parts.map((_, index) => ({
    uid: uid(type, parts.slice(0, index + 1).join(".")),
    attrs: {},
    parents: index === 0 ? [] : [uid(type, parts.slice(0, index).join("."))],
  }));
}

function entitiesOf({ recipient, dataset, field, purpose }: OracleRequest): EntityJson[] {
  const { kind, jurisdiction, transferMechanism, agreement } = recipient;
  const { id, version, from, until } = agreement;
  const above = field.category === undefined ? [] : [uid("Category", field.category)];
  return [
    {
      uid: uid("Recipient", recipient.recipient),
      attrs: {
        kind,
        jurisdiction,
        transferMechanism,
        agreement: { id, version, from: datetime(from), until: datetime(until) },
      },
      parents: [],
    },
    {
      uid: uid("Field", `${dataset.name}.${field.name}`),
      attrs: {
        name: field.name,
        dataset: dataset.name,
        type: field.type.kind,
        identifier: field.identifier,
        sealed: false,
      },
      parents: [...above, uid("Dataset", dataset.name)],
    },
    ...(field.category === undefined ? [] : hierarchy("Category", field.category)),
    ...hierarchy("Purpose", purpose),
  ];
}

function rowEntities({ fields }: PolicyRow): EntityJson[] {
  const account = ACCOUNTS.find(({ account_no }) => account_no === fields["account_no"]);
  return [
    { uid: uid("Customer", "it"), attrs: attributes("customers", fields), parents: [] },
    { uid: uid("Account", "it"), attrs: attributes("accounts", account ?? {}), parents: [] },
  ];
}

function attributes(
  dataset: string,
  values: Readonly<Record<string, RowValue>>,
): Record<string, CedarValueJson> {
  const fields = policyCatalogue.datasets.find(({ name }) => name === dataset)?.fields ?? [];
  return Object.fromEntries(
    fields.flatMap(({ name, type }) => {
      const value = values[name];
      return value === null || value === undefined ? [] : [[name, cedarValue(value, type.kind)]];
    }),
  );
}

function cedarValue(value: Exclude<RowValue, null>, kind: string): CedarValueJson {
  switch (kind) {
    case "decimal":
      return { __extn: { fn: "decimal", arg: String(value) } };
    case "date":
      return datetime(String(value));
    case "timestamp":
      // Cedar has milliseconds: what is finer is cut.
      return datetime(`${String(value).slice(0, 23)}Z`);
    default:
      return typeof value === "object" ? [...value] : value;
  }
}
