/** Look-ups of customers that somebody may see, by what that somebody may see in clear. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import {
  comparable,
  type CustomerDataset,
  type Field,
  indexedAs,
  recordsTable,
} from "../../contracts/index.ts";
import { rankOf } from "../../policy/index.ts";
import type { GovernedCustomer } from "../governed/customer.ts";
import { type DriverRow, GovernedFields } from "../governed/governed-fields.ts";
import type { Seeing } from "../governed/seeing.ts";
import { StatementValues } from "../governed/statement-values.ts";

/** Customers, and the fields they were looked for by. */
export interface Found {
  readonly by: readonly string[];
  readonly customers: readonly GovernedCustomer[];
}

/** A statement over golden rows `c` while it is put together. */
interface Statement {
  readonly seeing: Seeing;
  readonly dataset: CustomerDataset;
  readonly values: StatementValues;
}

interface Asked {
  readonly dataset: CustomerDataset;
  readonly limit: number;
}

/**
 * Those one of whose records has `text` as its source key or as the value of an identifier. Each look-up
 * is an index scan.
 */
export async function findByIdentifier(
  tx: Transaction,
  seeing: Seeing,
  { dataset, text, limit }: Asked & { readonly text: string },
): Promise<Found> {
  const statement = { seeing, dataset, values: new StatementValues() };
  const fields = dataset.fields.filter(
    (field) => isIdentifier(field) && mayBeClear(seeing, dataset, field.name),
  );
  const keys = dataset.fields.filter(({ name }) => dataset.key.includes(name));
  const isKeySearched = keys.every(({ name }) => mayBeClear(seeing, dataset, name));
  const lookUps = await Promise.all(fields.map((field) => lookUpOf(statement, field, text)));
  if (isKeySearched) {
    lookUps.push(await keyLookUp(statement, keys, text));
  }
  if (lookUps.length === 0) {
    return { by: [], customers: [] };
  }
  return {
    by: [...new Set([...fields, ...(isKeySearched ? keys : [])].map(({ name }) => name))],
    customers: await select(tx, statement, {
      where: `c._id in (${lookUps.join(" union all ")})`,
      limit,
    }),
  };
}

/** The living customer of an id, be it the customer's own or one that was merged into it. */
export async function findById(
  tx: Transaction,
  seeing: Seeing,
  { dataset, id }: { readonly dataset: CustomerDataset; readonly id: bigint },
): Promise<Found> {
  const statement = { seeing, dataset, values: new StatementValues() };
  const { values } = statement;
  const where = `c._id in (
    select ${values.add(id, "bigint")}
     union all
    select new_id from _redirects
     where dataset = ${values.add(dataset.name, "text")} and old_id = ${values.add(id, "bigint")})`;
  return { by: [], customers: await select(tx, statement, { where, limit: 1 }) };
}

/**
 * Those for whom each of `words` begins a word of one of the name fields, whatever the case. Reads the
 * whole table; used only when no identifier matches.
 */
export async function findByWords(
  tx: Transaction,
  seeing: Seeing,
  { dataset, words, limit }: Asked & { readonly words: readonly string[] },
): Promise<Found> {
  const statement = { seeing, dataset, values: new StatementValues() };
  const fields = dataset.fields.filter(
    (field) => isName(field) && mayBeClear(seeing, dataset, field.name),
  );
  if (fields.length === 0) {
    return { by: [], customers: [] };
  }
  const names = fields.map((field) => {
    const name = `lower(c.${quoteIdent(field.name)})`;
    const isClear = clearOn(statement, field.name, "c");
    return isClear === undefined ? name : `case when ${isClear} then ${name} end`;
  });
  const conditions = words.map((word) => {
    const wanted = `' ' || lower(${statement.values.add(word, "text")})`;
    return `(${names.map((name) => `strpos(' ' || ${name}, ${wanted}) > 0`).join(" or ")})`;
  });
  return {
    by: fields.map(({ name }) => name),
    customers: await select(tx, statement, { where: conditions.join(" and "), limit }),
  };
}

/** Customers that may be seen, of those a condition on the golden row `c` names, by id. */
async function select(
  tx: Transaction,
  { seeing, dataset, values }: Statement,
  { where, limit }: { readonly where: string; readonly limit: number },
): Promise<GovernedCustomer[]> {
  const governed = new GovernedFields(seeing.access, dataset, {
    row: "c",
    customer: "c",
    parameters: values,
  });
  const rows = await tx.rows<DriverRow & Omit<GovernedCustomer, "values" | "forms">>(
    `select c._id as id, c._version as version, c._created_at as "createdAt",
            c._updated_at as "updatedAt"${governed.columns}
       from ${quoteIdent(dataset.name)} c${governed.join}
      where ${where} and ${governed.condition}
      order by c._id limit ${values.add(BigInt(limit), "bigint")}`,
    values.all,
  );
  const read = await governed.read(rows, seeing);
  return rows.flatMap(({ id, version, createdAt, updatedAt }, place) => {
    const fields = read[place];
    return fields === undefined ? [] : [{ id, version, createdAt, updatedAt, ...fields }];
  });
}

/** Golden rows of the given ids that may be seen, in the order of the ids. */
export async function selectCustomers(
  tx: Transaction,
  seeing: Seeing,
  { dataset, ids }: { readonly dataset: CustomerDataset; readonly ids: readonly bigint[] },
): Promise<GovernedCustomer[]> {
  const values = new StatementValues();
  const where = `c._id = any(${values.add([...ids], "bigint[]")})`;
  return await select(tx, { seeing, dataset, values }, { where, limit: ids.length });
}

async function lookUpOf(statement: Statement, field: Field, text: string): Promise<string> {
  const { seeing, dataset, values } = statement;
  const wanted =
    field.sealed === true
      ? values.add(
          (await seeing.protection()).blindIndex(indexedAs(dataset, field.name), text),
          "bytea",
        )
      : values.add(text, "text");
  return `select r._id from ${recordsJoin(dataset)}
           where ${comparable(field, "r")} = ${wanted}${andClear(statement, [field])}`;
}

/** `_key` is what the key's fields say: it is searched where they may be seen. */
async function keyLookUp(
  statement: Statement,
  keys: readonly Field[],
  text: string,
): Promise<string> {
  const { seeing, dataset, values } = statement;
  const [onlyKey, ...others] = keys;
  const isBlind = onlyKey?.sealed === true && others.length === 0;
  const key = isBlind
    ? (await seeing.protection()).blindIndex(indexedAs(dataset, onlyKey.name), text).toString("hex")
    : text;
  return `select r._id from _sources s join (${recordsJoin(dataset)})
              on r._source = s.source and r._key = ${values.add(key, "text")}
           where true${andClear(statement, keys)}`;
}

/** Source records `r` with the golden row `g` that conditions ask. */
function recordsJoin(dataset: CustomerDataset): string {
  const [golden, records] = [quoteIdent(dataset.name), quoteIdent(recordsTable(dataset))];
  return `${records} r join ${golden} g on g._id = r._id`;
}

function andClear(statement: Statement, fields: readonly Field[]): string {
  const conditions = fields.map(({ name }) => clearOn(statement, name, "r"));
  return conditions.map((each) => (each === undefined ? "" : ` and ${each}`)).join("");
}

/** Whether the field is clear on a row; undefined where it is on every row. */
function clearOn(
  { seeing: { access }, dataset, values }: Statement,
  field: string,
  row: "c" | "r",
): string | undefined {
  if (access.isClear(dataset.name, field)) {
    return undefined;
  }
  const customer = row === "c" ? "c" : "g";
  const target = { dataset: dataset.name, row, customer, parameters: values };
  return `${access.rank(target, field)} = ${rankOf("clear")}`;
}

function mayBeClear({ access }: Seeing, dataset: CustomerDataset, field: string): boolean {
  return access.forms(dataset.name, field).includes("clear");
}

function isIdentifier({ identifier, type }: Field): boolean {
  return identifier && (type.kind === "text" || type.kind === "enum");
}

function isName({ type, sealed, normaliser, category }: Field): boolean {
  return (
    type.kind === "text" &&
    sealed !== true &&
    (normaliser === "person-name" ||
      normaliser === "company-name" ||
      category?.startsWith("user.name") === true)
  );
}
