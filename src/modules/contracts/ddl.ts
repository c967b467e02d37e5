/**
 * From the tables that are to the tables that shall be: a list of statements, in an order that works.
 * Identifiers come from the catalogue and are quoted. The values of enumerations are the one text in
 * them: definitions take no parameters, so they are quoted as literals.
 */
import { quoteIdent } from "../../platform/postgres/index.ts";
import type { Field } from "./catalogue.ts";
import { blindIndexOf } from "./store/sealed-column.ts";
import type { Column, EnumCheck, Index, Table } from "./tables.ts";
import { typeChange } from "./type-change.ts";

/** Creates one table with its constraints and indexes. */
export function createStatements(table: Table): string[] {
  const { name, comment, columns, primaryKey, checks, indexes } = table;
  const lines = [
    ...columns.map((column) => columnClause(column)),
    `constraint ${quoteIdent(primaryKey.name)} primary key (${quoteIdent(primaryKey.column)})`,
    ...checks.map((check) => checkClause(check)),
  ];
  return [
    `create table ${quoteIdent(name)} (\n  ${lines.join(",\n  ")}\n)`,
    `comment on table ${quoteIdent(name)} is ${quoteLiteral(comment)}`,
    ...indexes.map((index) => createIndex(name, index)),
  ];
}

/** Turns `before` into `after`. Equal lists need no statement. */
export function diffStatements(before: readonly Table[], after: readonly Table[]): string[] {
  const isKept = (table: Table, others: readonly Table[]): boolean =>
    others.some(({ name, shape }) => name === table.name && shape === table.shape);
  const dropped = before.filter((table) => !isKept(table, after));
  const created = after.filter((table) => !isKept(table, before));
  const altered = after.flatMap((table) => {
    const old = before.find(({ name, shape }) => name === table.name && shape === table.shape);
    return old === undefined ? [] : alterStatements(old, table);
  });
  return [
    ...dropped.map(({ name }) => `drop table ${quoteIdent(name)}`),
    ...altered,
    ...created.flatMap((table) => createStatements(table)),
  ];
}

function alterStatements(before: Table, after: Table): string[] {
  const table = quoteIdent(after.name);
  const oldIndexes = before.indexes.filter((index) => !hasEqual(after.indexes, index));
  const newIndexes = after.indexes.filter((index) => !hasEqual(before.indexes, index));
  const newChecks = after.checks.filter((check) => !hasEqual(before.checks, check));
  const replaced = replacedColumns(before.columns, after.columns);
  const lost = new Set([...replaced, ...missing(before.columns, after.columns)]);
  // A check and an index go with their column by themselves.
  const oldChecks = before.checks.filter(
    (check) => !hasEqual(after.checks, check) && !lost.has(check.column),
  );
  const actions = [
    ...oldChecks.map(({ name }) => `drop constraint ${quoteIdent(name)}`),
    ...columnActions(before.columns, after.columns),
    ...newChecks.map((check) => `add ${checkClause(check)}`),
  ];
  const isLost = ({ columns }: Index): boolean => columns.some((column) => lost.has(column));
  const rebuilt = after.indexes.filter((index) => hasEqual(before.indexes, index) && isLost(index));
  return [
    ...oldIndexes
      .filter((index) => !isLost(index))
      .map(({ name }) => `drop index ${quoteIdent(name)}`),
    ...(replaced.length === 0 ? [] : [`alter table ${table} ${dropColumns(replaced)}`]),
    // One statement, so that the table is rewritten at most once.
    ...(actions.length === 0 ? [] : [`alter table ${table}\n  ${actions.join(",\n  ")}`]),
    ...[...newIndexes, ...rebuilt].map((index) => createIndex(after.name, index)),
  ];
}

function columnActions(before: readonly Column[], after: readonly Column[]): string[] {
  const replaced = replacedColumns(before, after);
  const dropped = missing(before, after).map((name) => `drop column ${quoteIdent(name)}`);
  const added = after
    .filter(({ name }) => replaced.includes(name) || !before.some((old) => old.name === name))
    .map((column) => `add column ${columnClause(column)}`);
  const converted = after.flatMap(({ name, type }) => {
    const old = before.find((column) => column.name === name);
    const isConverted = old !== undefined && old.type !== type && !replaced.includes(name);
    const column = quoteIdent(name);
    return isConverted ? [`alter column ${column} type ${type} using ${column}::${type}`] : [];
  });
  return [...dropped, ...converted, ...added];
}

/** Columns that stay in name but whose values cannot be taken over. */
function replacedColumns(before: readonly Column[], after: readonly Column[]): string[] {
  return after
    .filter(({ name, field }) => {
      const old = before.find((column) => column.name === name)?.field;
      return old !== undefined && field !== undefined && isReplaced(old, field);
    })
    .map(({ name }) => name);
}

/** What is sealed or opened is converted row by row, into a column that starts empty. */
function isReplaced(before: Field, after: Field): boolean {
  return typeChange(before, after) === "replaced" || before.sealed !== after.sealed;
}

function missing(before: readonly Column[], after: readonly Column[]): string[] {
  const kept = new Set(after.map(({ name }) => name));
  return before.map(({ name }) => name).filter((name) => !kept.has(name));
}

function dropColumns(names: readonly string[]): string {
  return names.map((name) => `drop column ${quoteIdent(name)}`).join(", ");
}

function columnClause({ name, type, isNullable }: Column): string {
  return `${quoteIdent(name)} ${type}${isNullable ? "" : " not null"}`;
}

function checkClause({ name, column, values }: EnumCheck): string {
  const list = values.map((value) => quoteLiteral(value)).join(", ");
  return `constraint ${quoteIdent(name)} check (${quoteIdent(column)} in (${list}))`;
}

function createIndex(table: string, { name, columns, isUnique, isBlind, where }: Index): string {
  const unique = isUnique ? "unique " : "";
  const list = columns
    .map((column) =>
      isBlind === true ? `(${blindIndexOf(quoteIdent(column))})` : quoteIdent(column),
    )
    .join(", ");
  const condition =
    where === undefined
      ? ""
      : ` where ${quoteIdent(where.column)} is ${where.isNull ? "" : "not "}null`;
  return `create ${unique}index ${quoteIdent(name)} on ${quoteIdent(table)} (${list})${condition}`;
}

/** With `standard_conforming_strings` on, as every connection has it, only the quote is special. */
function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function hasEqual<T>(list: readonly T[], wanted: T): boolean {
  const spelled = JSON.stringify(wanted);
  return list.some((one) => JSON.stringify(one) === spelled);
}
