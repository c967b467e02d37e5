/** What is known of a request before any row is looked at. */
import { localDate } from "../../../protocol/waybill/index.ts";
import { coversKey, customerDataset } from "../../contracts/index.ts";
import type { Catalogue, Dataset, Field } from "../../contracts/index.ts";
import type { ConsentChannel } from "../../criteria/index.ts";
import { attributesOf } from "../cedar/attributes.ts";
import {
  booleanValue,
  isSameEntity,
  numberValue,
  recordValue,
  stringValue,
} from "../cedar/value.ts";
import type { Entity, Value } from "../cedar/value.ts";
import type { GivenForm } from "../forms/form.ts";
import type { Recipient } from "../recipients/recipient.ts";
import type { ScalarType } from "./residual.ts";

/** One row, where it is at hand: conditions are then decided and nothing remains of them. */
export interface KnownRow {
  /** What has a value, as conditions see it. */
  readonly customer: ReadonlyMap<string, Value>;
  readonly account: ReadonlyMap<string, Value>;
  /** Whether the customer consents to a purpose by a channel. */
  readonly consents: (channel: ConsentChannel, purpose: string) => boolean;
}

/** Who asks, for what, when; the same for every field and every form. */
export interface Asking {
  readonly row?: KnownRow | undefined;
  readonly recipient: Entity;
  readonly recipientAttributes: Value;
  readonly purpose: Entity;
  /** The instant and the beginning of its day, in milliseconds; undefined when the database's clock says. */
  readonly now: bigint | undefined;
  readonly today: bigint | undefined;
  readonly columns: Readonly<
    Record<"customer" | "account", ReadonlyMap<string, ScalarType | "set">>
  >;
}

/** One field in one form. */
export interface Request extends Asking {
  readonly form: GivenForm;
  readonly field: Entity;
  readonly fieldAttributes: Value;
  readonly category: string | undefined;
  readonly dataset: string;
}

/** Who asks, as conditions see it. */
export function askingOf(
  catalogue: Catalogue,
  about: {
    readonly recipient: Recipient;
    readonly purpose: string;
    readonly at: Date | "live";
    readonly row?: KnownRow | undefined;
  },
): Asking {
  const { recipient, purpose, at, row } = about;
  const instant = at === "live" ? undefined : BigInt(at.getTime());
  const customers = customerDataset(catalogue);
  const accounts = catalogue.datasets.find(({ kind }) => kind === "account");
  return {
    recipient: { type: "Recipient", id: recipient.recipient },
    recipientAttributes: recipientAttributes(recipient),
    purpose: { type: "Purpose", id: purpose },
    now: instant,
    today: at === "live" ? undefined : midnight(localDate(at, catalogue.timeZone)),
    columns: { customer: attributesOf(customers), account: attributesOf(accounts) },
    row,
  };
}

/** A request for one field. */
export function requestFor(
  asking: Asking,
  dataset: Dataset,
  about: { readonly field: Field; readonly form: GivenForm },
): Request {
  const { field, form } = about;
  return {
    ...asking,
    form,
    field: { type: "Field", id: `${dataset.name}.${field.name}` },
    fieldAttributes: fieldAttributes(dataset, field),
    category: field.category,
    dataset: dataset.name,
  };
}

/** What conditions can ask of a recipient. */
export function recipientAttributes(recipient: Recipient): Value {
  const { kind, jurisdiction, transferMechanism, agreement } = recipient;
  return recordValue([
    ["kind", stringValue(kind)],
    ["jurisdiction", stringValue(jurisdiction)],
    ["transferMechanism", stringValue(transferMechanism)],
    [
      "agreement",
      recordValue([
        ["id", stringValue(agreement.id)],
        ["version", stringValue(agreement.version)],
        ["from", numberValue("datetime", midnight(agreement.from))],
        ["until", numberValue("datetime", midnight(agreement.until))],
      ]),
    ],
  ]);
}

/** What conditions can ask of a field. */
export function fieldAttributes(dataset: Dataset, field: Field): Value {
  return recordValue([
    ["name", stringValue(field.name)],
    ["dataset", stringValue(dataset.name)],
    ["type", stringValue(field.type.kind)],
    ["identifier", booleanValue(field.identifier)],
    ["sealed", booleanValue(field.sealed === true)],
  ]);
}

/** Cedar's `in`: itself, or something above it. */
export function isWithin(request: Request, entity: Entity, above: Entity): boolean {
  if (isSameEntity(entity, above)) {
    return true;
  }
  if (entity.type === "Field" && isSameEntity(entity, request.field)) {
    return above.type === "Dataset"
      ? above.id === request.dataset
      : above.type === "Category" &&
          request.category !== undefined &&
          coversKey(above.id, request.category);
  }
  const isKey = entity.type === "Category" || entity.type === "Purpose";
  return isKey && entity.type === above.type && coversKey(above.id, entity.id);
}

function midnight(day: string): bigint {
  return BigInt(Date.parse(`${day}T00:00:00Z`));
}
