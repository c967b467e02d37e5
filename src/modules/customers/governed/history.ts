/** A customer's history as somebody may see it: every former value in the form that the present one has. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type CustomerDataset, type Field, findField, indexedAs } from "../../contracts/index.ts";
import { type Opener, shredded } from "../../protection/index.ts";
import { type FieldChange, selectHistory } from "../store/customer-reads.ts";
import { RECORDS_FIELD } from "../store/regrouping.ts";
import type { GovernedCustomer } from "./customer.ts";
import type { Seeing } from "./seeing.ts";

/** A change; values of fields that are not clear have the field's form, and absent fields have no changes. */
export type GovernedChange = FieldChange;

interface Asked {
  readonly dataset: CustomerDataset;
  readonly customer: GovernedCustomer;
  readonly limit: number;
}

/** Newest first. */
export async function governedHistory(
  tx: Transaction,
  seeing: Seeing,
  { dataset, customer, limit }: Asked,
): Promise<GovernedChange[]> {
  const all = await selectHistory(tx, dataset, { id: customer.id, limit });
  const seen = all.filter(({ field }) => field === RECORDS_FIELD || isSeen(customer, field));
  const sealed = seen.flatMap((change) =>
    isSealed(dataset, change) ? [bytesOf(change.before), bytesOf(change.after)] : [],
  );
  const opener = sealed.length === 0 ? undefined : await (await seeing.protection()).opener(sealed);
  return seen.map((change) => {
    const field = findField(dataset, change.field);
    const show = (text: string | null): string | null =>
      field === undefined ? text : shown(text, { seeing, dataset, customer, field, opener });
    return { ...change, before: show(change.before), after: show(change.after) };
  });
}

function isSeen({ forms }: GovernedCustomer, field: string): boolean {
  return (forms[field] ?? "absent") !== "absent";
}

function isSealed(dataset: CustomerDataset, { field }: FieldChange): boolean {
  return findField(dataset, field)?.sealed === true;
}

function shown(
  stored: string | null,
  given: Omit<Asked, "limit"> & {
    readonly seeing: Seeing;
    readonly field: Field;
    readonly opener: Opener | undefined;
  },
): string | null {
  const { seeing, dataset, customer, field, opener } = given;
  const form = customer.forms[field.name] ?? "absent";
  const bytes = field.sealed === true ? bytesOf(stored) : null;
  const opened = bytes === null ? stored : opener?.open(indexedAs(dataset, field.name), bytes);
  if (opened === shredded || opened === undefined || opened === null) {
    return null;
  }
  return form === "clear"
    ? opened
    : seeing.access.inForm(dataset.name, field.name, { form, text: textForm(field, opened) });
}

/** The history keeps values as the server casts them to text; only of timestamps is that another text. */
function textForm({ type }: Field, stored: string): string {
  if (type.kind !== "timestamp") {
    return stored;
  }
  const at = new Date(`${stored.replace(" ", "T")}:00`);
  return Number.isNaN(at.getTime()) ? stored : at.toISOString().replace("Z", "000Z");
}

/** The bytes of a sealed value as `_history` keeps them: `\x` and hexadecimal digits. */
function bytesOf(stored: string | null): Buffer | null {
  return stored?.startsWith(String.raw`\x`) === true ? Buffer.from(stored.slice(2), "hex") : null;
}
