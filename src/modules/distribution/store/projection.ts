/** The one statement that reads what leaves: the fields of the chosen customers as their recipient may have them. */
import {
  quoteIdent,
  type SqlValue,
  type Transaction,
  withLiterals,
} from "../../../platform/postgres/index.ts";
import {
  type CustomerDataset,
  type Field,
  type FieldType,
  recordsTable,
} from "../../contracts/index.ts";
import { StatementValues } from "../../customers/index.ts";
import {
  type Access,
  type AccessTarget,
  type Form,
  formOfRank,
  RowConsents,
} from "../../policy/index.ts";
import { isOwn } from "../definitions/permitted.ts";

/** Chooses customers: a query that gives `_id`, with its parameters numbered from `$1`. */
export interface CustomerSelection {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A field that leaves. */
export interface OutgoingField {
  readonly field: Field;
  /** The forms it can have on rows that are seen, the most telling first: several where they differ by row. */
  readonly forms: readonly Form[];
}

/** What leaves of customers. */
export interface OutgoingView {
  readonly customers: CustomerDataset;
  /** In the order in which they leave. */
  readonly fields: readonly OutgoingField[];
  readonly access: Access;
}

/** Whether the form of a field differs by row. */
export function differsByRow({ forms }: OutgoingField): boolean {
  return forms.length > 1;
}

/** The form of each field on a row. @param digits those of the forms that differ by row */
export function formsOfRow(fields: readonly OutgoingField[], digits: string): readonly Form[] {
  let next = 0;
  return fields.map((one) => {
    const [only = "absent"] = one.forms;
    if (!differsByRow(one)) {
      return only;
    }
    next += 1;
    return formOfRank(Number(digits[next - 1]));
  });
}

/**
 * The chosen customers' rows, ordered by `_id`, as `payload/outgoing-rows.ts` takes them. Without a
 * selection it is everybody, read in the order of the primary key: neither joined nor sorted.
 */
export async function* readProjection(
  tx: Transaction,
  view: OutgoingView & { readonly selection: CustomerSelection | undefined },
): AsyncIterable<Buffer> {
  const { customers, fields, selection } = view;
  const parameters = new StatementValues(selection?.values);
  const consents = new RowConsents(selection === undefined ? "most" : "some");
  const target = targetOf(view, { parameters, consents });
  const seen = ofSeenRows(view);
  const columns = fields.map((each) => copiedColumn(each, seen, target));
  const own = `c._id, ${formDigits(view, target)}, ${columns.join(", ")}`;
  const condition = conditionOf(view, target);
  const query = `select ${own}
       from ${quoteIdent(customers.name)} as c${consents.join}
      where ${selection === undefined ? "true" : `c._id in (${selection.sql})`}
        and ${condition}
      order by c._id`;
  yield* tx.copyOut(`copy (${await withLiterals(tx, query, parameters.all)}) to stdout`);
}

/** What `COPY` writes in the text form by itself, in sessions that all speak ISO: a cast to text costs 0.06 µs a value. */
const COPIED_AS_IT_IS: readonly FieldType["kind"][] = ["integer", "decimal", "date"];

function copiedColumn({ field, forms }: OutgoingField, seen: Access, target: AccessTarget): string {
  const { name, type } = field;
  if (field.sealed === true) {
    return seen.value(target, name);
  }
  if (COPIED_AS_IT_IS.includes(type.kind) && isOwn(forms)) {
    return seen.clearValue(target, name);
  }
  const value = seen.value(target, name);
  return type.kind === "text-list" ? `array_to_json(${value})` : value;
}

/** The forms that differ by row, a digit each, of those of the customers who may be seen at all. */
export async function readForms(
  tx: Transaction,
  view: OutgoingView,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const parameters = new StatementValues([[...ids]]);
  const consents = new RowConsents("some");
  const target = targetOf(view, { parameters, consents });
  const digits = formDigits(view, target);
  const condition = conditionOf(view, target);
  const rows = await tx.rows<{ id: bigint; forms: string }>(
    `select c._id as id, ${digits} as forms
       from ${quoteIdent(view.customers.name)} as c${consents.join}
      where c._id = any($1::bigint[]) and ${condition}`,
    parameters.all,
  );
  return new Map(rows.map(({ id, forms }) => [id, forms]));
}

/** Whom a selection chooses. */
export async function readSelected(
  tx: Transaction,
  { sql, values }: CustomerSelection,
): Promise<ReadonlySet<bigint>> {
  const rows = await tx.rows<{ _id: bigint }>(sql, values);
  return new Set(rows.map(({ _id }) => _id));
}

/** The same of everybody, in pieces as they come: a selection can choose millions. */
export async function* readEverySelected(
  tx: Transaction,
  { sql, values }: CustomerSelection,
): AsyncIterable<readonly bigint[]> {
  let rest = "";
  for await (const chunk of tx.copyOut(`copy (${await withLiterals(tx, sql, values)}) to stdout`)) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield lines.map(BigInt);
  }
}

/** Whom the change log names since `seen`, be it himself, his records, his events or his consent. */
export async function customersChangedSince(
  tx: Transaction,
  { name }: CustomerDataset,
  seen: bigint,
): Promise<readonly bigint[]> {
  const rows = await tx.rows<{ id: bigint }>(
    `select customer as id from _changes where change > $1 and customer is not null
      union
     select row_id from _changes where change > $1 and dataset = $2`,
    [seen, name],
  );
  return rows.map(({ id }) => id);
}

/** The rows of another dataset that the change log names since `seen`. */
export async function rowsChangedSince(
  tx: Transaction,
  dataset: string,
  seen: bigint,
): Promise<readonly bigint[]> {
  const rows = await tx.rows<{ id: bigint }>(
    "select distinct row_id as id from _changes where change > $1 and dataset = $2",
    [seen, dataset],
  );
  return rows.map(({ id }) => id);
}

/**
 * Whose consents began or expired after one instant and not after another. Reads all statements once: a
 * tenth of a second a million.
 */
export async function customersWithConsentsTurned(
  tx: Transaction,
  customers: CustomerDataset,
  { after, until }: { readonly after: Date; readonly until: Date },
): Promise<readonly bigint[]> {
  const rows = await tx.rows<{ id: bigint }>(
    `select distinct r._id as id
       from _consents c join ${quoteIdent(recordsTable(customers))} r on r._record = c.record
      where (c.starts_at > $1 and c.starts_at <= $2) or (c.expires_at > $1 and c.expires_at <= $2)`,
    [after, until],
  );
  return rows.map(({ id }) => id);
}

/**
 * Keeps the change log from growing until the transaction ends: whoever changes a customer waits with
 * the commit.
 */
export async function holdChangeLog(tx: Transaction): Promise<void> {
  await tx.run("select last from _change_head for share");
}

function targetOf(
  { customers }: OutgoingView,
  about: Pick<AccessTarget, "parameters" | "consents">,
): AccessTarget {
  return { dataset: customers.name, row: "c", customer: "c", ...about };
}

function conditionOf(view: OutgoingView, target: AccessTarget): string {
  return view.access.rowCondition(target, namesOf(view));
}

/** Every statement here asks {@link conditionOf} too. */
function ofSeenRows(view: OutgoingView): Access {
  return view.access.ofSeenRows(view.customers.name, namesOf(view));
}

function namesOf({ fields }: OutgoingView): readonly string[] {
  return fields.map(({ field }) => field.name);
}

function formDigits(view: OutgoingView, target: AccessTarget): string {
  const seen = ofSeenRows(view);
  const ranks = view.fields
    .filter(differsByRow)
    .map(({ field }) => `(${seen.rank(target, field.name)})::text`);
  return ranks.length === 0 ? "''" : ranks.join(" || ");
}
