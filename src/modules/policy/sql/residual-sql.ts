/**
 * Residuals as SQL. Null stands for what fails in Cedar, and no value of a row makes PostgreSQL fail.
 * Cedar looks at the right side of `&&` and `||` only when the left one does not decide; where a side can
 * be missing that is a `case`, which has the same order, and elsewhere plain `and` and `or`.
 */
import { unreachable } from "../../../kernel/index.ts";
import { customerDataset, findField, recordsTable } from "../../contracts/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { hasConsentSql } from "../../criteria/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { AccessTarget } from "../access.ts";
import { MILLISECONDS } from "../cedar/extension.ts";
import { LARGEST, SMALLEST } from "../cedar/value.ts";
import type { Column, Constant, Residual } from "../compile/residual.ts";
import { accountLink } from "./account-link.ts";
import { isTotal, presentIf } from "./totality.ts";
import type { Present } from "./totality.ts";

const DAY_MS = "86400000";

/** What residuals are written for. */
export interface ResidualTarget extends AccessTarget {
  readonly catalogue: Catalogue;
  /** The instant; undefined for the clock of whoever runs the statement. */
  readonly now: Date | undefined;
}

const NOTHING: Present = new Set();

/** SQL of a residual; of a boolean that cannot be missing, SQL that is never null. */
export function residualSql(residual: Residual, target: ResidualTarget): string {
  return write(residual, target, NOTHING);
}

function write(node: Residual, target: ResidualTarget, present: Present): string {
  switch (node.kind) {
    case "missing":
      return "null";
    case "constant":
      return constantSql(node, target);
    case "column":
      return scalarColumnSql(node, target);
    case "present":
      return `(${columnSql(node.column, target)} is not null)`;
    case "now":
      return instantMs(nowSql(target));
    case "today":
      return dateMs(todaySql(target));
    case "consent":
      return consentedSql(node, target);
    case "holds":
      return isTotal(node.of, present)
        ? write(node.of, target, present)
        : `coalesce(${write(node.of, target, present)}, false)`;
    case "not":
      return `(not ${write(node.of, target, present)})`;
    case "and":
    case "or":
      return connectionSql(node, target, present);
    case "if":
      return (
        `(case ${write(node.test, target, present)} ` +
        `when true then ${write(node.then, target, presentIf(node.test, true, present))} ` +
        `when false then ${write(node.otherwise, target, presentIf(node.test, false, present))} end)`
      );
    default:
      return leafSql(node, (of) => write(of, target, present), target);
  }
}

function connectionSql(
  node: Extract<Residual, { kind: "and" | "or" }>,
  target: ResidualTarget,
  present: Present,
): string {
  const isAnd = node.kind === "and";
  const left = write(node.left, target, present);
  const right = write(node.right, target, presentIf(node.left, isAnd, present));
  if (isTotal(node, present)) {
    return `(${left} ${node.kind} ${right})`;
  }
  return isAnd
    ? `(case ${left} when true then ${right} when false then false end)`
    : `(case ${left} when true then true when false then ${right} end)`;
}

type Leaf = Exclude<
  Residual,
  {
    kind:
      | "missing"
      | "constant"
      | "column"
      | "present"
      | "now"
      | "today"
      | "consent"
      | "holds"
      | "not"
      | "and"
      | "or"
      | "if";
  }
>;

function leafSql(node: Leaf, sql: (of: Residual) => string, target: ResidualTarget): string {
  switch (node.kind) {
    case "equal":
      return `(${sql(node.left)} = ${sql(node.right)})`;
    case "comparison":
      return `(${sql(node.left)} ${node.operator} ${sql(node.right)})`;
    case "arithmetic":
      return bounded(`${sql(node.left)}::numeric ${node.operator} ${sql(node.right)}::numeric`);
    case "time-part":
      return timePartSql(node.part, sql(node.of));
    case "like": {
      const pattern = target.parameters.add(likePattern(node.pattern), "text");
      return `(${sql(node.of)} collate "C" like ${pattern})`;
    }
    case "one-of":
      return oneOfSql(sql(node.of), node.options, target);
    case "holds-one": {
      const member = sql(node.member);
      const found = `${columnSql(node.column, target)} @> array[${member}]`;
      return node.member.kind === "constant"
        ? `(${found})`
        : `(case when ${member} is not null then ${found} end)`;
    }
    case "holds-all":
    case "holds-any": {
      const operator = node.kind === "holds-all" ? "@>" : "&&";
      const members = target.parameters.add(node.members, "text[]");
      return `(${columnSql(node.column, target)} ${operator} ${members})`;
    }
    case "empty":
      return `(cardinality(${columnSql(node.column, target)}) = 0)`;
    default:
      return unreachable(node);
  }
}

function constantSql({ type, value }: Constant, { parameters }: ResidualTarget): string {
  if (typeof value === "boolean") {
    return String(value);
  }
  if (typeof value === "string") {
    return parameters.add(value, "text");
  }
  return type === "decimal"
    ? parameters.add(tenThousandths(value), "numeric")
    : parameters.add(value, "bigint");
}

function tenThousandths(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(5, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** Datetimes are milliseconds, like Cedar's; the rest is compared as it is stored. */
function scalarColumnSql(column: Column, target: ResidualTarget): string {
  const sql = columnSql(column, target);
  if (column.type !== "datetime") {
    return sql;
  }
  const dataset = datasetOf(column.of, target.catalogue);
  const field = dataset === undefined ? undefined : findField(dataset, column.field);
  return field?.type.kind === "date" ? dateMs(sql) : instantMs(sql);
}

function datasetOf(of: "customer" | "account", catalogue: Catalogue) {
  return of === "customer"
    ? customerDataset(catalogue)
    : catalogue.datasets.find(({ kind }) => kind === "account");
}

/** A row of accounts belongs to no customer: whatever is asked of that is missing. */
function columnSql({ of, field }: Column, target: ResidualTarget): string {
  const { row, customer, account, catalogue } = target;
  const isAccounts = datasetOf("account", catalogue)?.name === target.dataset;
  if (of === "customer") {
    return customer === undefined || isAccounts ? "null" : `${customer}.${quoteIdent(field)}`;
  }
  if (account !== undefined || isAccounts) {
    return `${account ?? row}.${quoteIdent(field)}`;
  }
  const link = accountLink(catalogue);
  if (link === undefined || customer === undefined) {
    return "null";
  }
  // An identifier names one account, but nothing here relies on it: of several the first counts.
  return (
    `(select t.${quoteIdent(field)} from ${quoteIdent(link.accounts.name)} t ` +
    `where ${link.matches({ customer, account: "t" })} order by t._id limit 1)`
  );
}

function nowSql({ now, parameters }: ResidualTarget): string {
  return now === undefined ? "statement_timestamp()" : parameters.add(now, "timestamptz");
}

function todaySql(target: ResidualTarget): string {
  const zone = target.parameters.add(target.catalogue.timeZone, "text");
  return `(${nowSql(target)} at time zone ${zone})::date`;
}

function instantMs(sql: string): string {
  return `floor(extract(epoch from ${sql}) * 1000)`;
}

function dateMs(sql: string): string {
  return `((${sql} - date '1970-01-01')::bigint * ${DAY_MS})`;
}

function consentedSql(
  { channel, purpose }: Extract<Residual, { kind: "consent" }>,
  target: ResidualTarget,
): string {
  const customers = customerDataset(target.catalogue);
  if (target.customer === undefined || customers === undefined) {
    return "false";
  }
  const asked = {
    records: quoteIdent(recordsTable(customers)),
    customer: `${target.customer}._id`,
    purpose: target.parameters.add(purpose, "text"),
    channel: target.parameters.add(channel, "text"),
    at: nowSql(target),
  };
  return target.consents?.ask(asked) ?? hasConsentSql(asked);
}

/** Missing beyond 64 bits, where Cedar's arithmetic fails. The operand stands once, however deep it is. */
function bounded(sql: string): string {
  return `(select q.v from (values (${sql})) q(v) where q.v between ${SMALLEST} and ${LARGEST})`;
}

function timePartSql(part: Extract<Leaf, { kind: "time-part" }>["part"], of: string): string {
  const within = `mod(mod(q.v, ${DAY_MS}) + ${DAY_MS}, ${DAY_MS})`;
  switch (part) {
    case "toDate":
      return bounded(`(select q.v - ${within} from (values (${of}::numeric)) q(v))`);
    case "toTime":
      return `(select ${within} from (values (${of}::numeric)) q(v))`;
    default:
      return `div(${of}::numeric, ${MILLISECONDS[part]})`;
  }
}

function oneOfSql(of: string, options: readonly Constant[], target: ResidualTarget): string {
  const texts = options.flatMap(({ value }) => (typeof value === "string" ? [value] : []));
  if (texts.length > 0) {
    return `(${of} = any(${target.parameters.add(texts, "text[]")}))`;
  }
  const tests = options.map((option) => `${of} = ${constantSql(option, target)}`);
  return tests.length === 0
    ? `(case when ${of} is not null then false end)`
    : `(${tests.join(" or ")})`;
}

/** The wildcards are those of the policy; what a policy writes out stands for itself. */
function likePattern(pattern: readonly (string | undefined)[]): string {
  return pattern
    .map((part) => (part === undefined ? "%" : part.replace(/[\\%_]/gu, "\\$&")))
    .join("");
}
