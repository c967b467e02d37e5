/** Rows whose values are at hand, as conditions see them. */
import { customerDataset, findField } from "../../contracts/index.ts";
import type { Catalogue, Dataset } from "../../contracts/index.ts";
import { attributeType } from "../cedar/attributes.ts";
import { readDecimal } from "../cedar/extension.ts";
import { booleanValue, numberValue, stringValue } from "../cedar/value.ts";
import type { Value } from "../cedar/value.ts";
import type { KnownRow } from "./request.ts";

/** Values in their text forms (docs/waybill.md), lists as such; null and what is left out is missing. */
export type RowTexts = Readonly<Record<string, string | readonly string[] | null>>;

/** A customer with its account, in text forms. */
export interface RowAtHand {
  readonly customer: RowTexts;
  readonly account: RowTexts;
  readonly consents: KnownRow["consents"];
}

export function knownRow(catalogue: Catalogue, row: RowAtHand): KnownRow {
  const accounts = catalogue.datasets.find(({ kind }) => kind === "account");
  return {
    customer: valuesOf(customerDataset(catalogue), row.customer),
    account: valuesOf(accounts, row.account),
    consents: row.consents,
  };
}

function valuesOf(dataset: Dataset | undefined, texts: RowTexts): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const [name, text] of Object.entries(texts)) {
    const field = dataset === undefined ? undefined : findField(dataset, name);
    const type = field === undefined ? undefined : attributeType(field);
    const value = type === undefined || text === null ? undefined : valueOf(type, text);
    if (value !== undefined) {
      values.set(name, value);
    }
  }
  return values;
}

/** A value of the type that conditions see; undefined when the text is none of that type. */
function valueOf(
  type: NonNullable<ReturnType<typeof attributeType>>,
  text: string | readonly string[],
): Value | undefined {
  if (typeof text !== "string") {
    return { kind: "set", members: text.map(stringValue) };
  }
  switch (type) {
    case "string":
      return stringValue(text);
    case "boolean":
      return text === "true" || text === "false" ? booleanValue(text === "true") : undefined;
    case "long":
      return /^-?\d+$/u.test(text) ? numberValue("long", BigInt(text)) : undefined;
    case "decimal":
      return readDecimal(text.includes(".") ? text : `${text}.0`);
    case "datetime": {
      // Milliseconds count, as in Cedar: what is finer is cut.
      const at = Date.parse(text.replace(/(\.\d{3})\d*/u, "$1"));
      return Number.isNaN(at) ? undefined : numberValue("datetime", BigInt(at));
    }
    default:
      return undefined;
  }
}
