/** From the SQL that Splink writes to our conditions and block keys. What has no exact counterpart is refused. */
import type { Result } from "../../../kernel/index.ts";
import type { Condition, Operand, Operands } from "./condition.ts";
import { dateReader } from "./date-format.ts";
import type { KeyPart } from "./model.ts";
import { readPattern } from "./pattern.ts";
import { readSql } from "./splink-sql.ts";
import type { SqlNode } from "./splink-sql.ts";
import type { TextProblem } from "./text-tokens.ts";
import { TextRefusal } from "./text-tokens.ts";

/** The condition of a level, or what in its SQL has no counterpart. */
export function conditionFromSplink(sql: string): Result<Condition, TextProblem> {
  return lowered(sql, condition);
}

/** The parts of a blocking rule, or what in its SQL has no counterpart. */
export function keyPartsFromSplink(sql: string): Result<readonly KeyPart[], TextProblem> {
  return lowered(sql, (node) => (node.kind === "and" ? node.of : [node]).map(keyPart));
}

function lowered<T>(sql: string, lower: (node: SqlNode) => T): Result<T, TextProblem> {
  const read = readSql(sql);
  if (!read.ok) {
    return read;
  }
  try {
    return { ok: true, value: lower(read.value) };
  } catch (error) {
    if (error instanceof TextRefusal) {
      return { ok: false, error: { offset: error.offset, message: error.message } };
    }
    throw error;
  }
}

function condition(node: SqlNode): Condition {
  switch (node.kind) {
    case "and":
      return { kind: "all", of: node.of.map(condition) };
    case "or":
      return missing(node.of) ?? { kind: "any", of: node.of.map(condition) };
    case "not":
      return { kind: "not", of: condition(node.of) };
    case "compare":
      return comparison(node);
    default:
      throw refused(node, "this is no condition over both records");
  }
}

/** `a_l IS NULL OR a_r IS NULL` */
function missing(nodes: readonly SqlNode[]): Condition | undefined {
  const [first, second, ...rest] = nodes;
  return first?.kind === "is-null" && second?.kind === "is-null" && rest.length === 0
    ? { kind: "missing", ...operands(first.of, second.of) }
    : undefined;
}

type Comparing = Extract<SqlNode, { kind: "compare" }>;

const SIMILARITIES: ReadonlyMap<string, "jaro-winkler" | "jaro" | "jaccard"> = new Map([
  ["jaro_winkler_similarity", "jaro-winkler"],
  ["jaro_similarity", "jaro"],
  ["jaccard", "jaccard"],
]);
const DISTANCES: ReadonlyMap<string, "levenshtein" | "damerau-levenshtein"> = new Map([
  ["levenshtein", "levenshtein"],
  ["damerau_levenshtein", "damerau-levenshtein"],
]);
const SECONDS_PER_DAY = 86_400;

function comparison({ sign, left, right, offset }: Comparing): Condition {
  if (sign === "=") {
    return { kind: "equal", ...operands(left, right) };
  }
  if (left.kind !== "call" || right.kind !== "number") {
    throw refused({ offset }, "a measure is compared with a number only");
  }
  const { name, args } = left;
  if (sign === "<=" && name === "abs") {
    return { kind: "days", ...epochs(left), atMost: right.value / SECONDS_PER_DAY };
  }
  const similarity = SIMILARITIES.get(name);
  if (sign === ">=" && similarity !== undefined) {
    return { kind: "similar", measure: similarity, ...pair(left, args), atLeast: right.value };
  }
  const distance = DISTANCES.get(name);
  if (sign === "<=" && distance !== undefined) {
    return { kind: "distance", measure: distance, ...pair(left, args), atMost: right.value };
  }
  throw refused(left, `the function ${name} has no counterpart with ${sign}`);
}

/** `ABS(EPOCH(a) - EPOCH(b))` */
function epochs({ args, offset }: { args: readonly SqlNode[]; offset: number }): Operands {
  const [difference] = args;
  if (difference?.kind === "compare" && difference.sign === "-") {
    const [first, second] = [difference.left, difference.right].map((side) =>
      side.kind === "call" && side.name === "epoch" ? side.args[0] : undefined,
    );
    if (first !== undefined && second !== undefined) {
      return operands(first, second);
    }
  }
  throw refused({ offset }, "only differences of the epochs of two dates are read");
}

function pair(node: SqlNode, args: readonly SqlNode[]): Operands {
  const [first, second, ...rest] = args;
  if (first === undefined || second === undefined || rest.length > 0) {
    throw refused(node, "a measure takes one value of either record");
  }
  return operands(first, second);
}

interface SidedOperand {
  readonly side: "l" | "r";
  readonly operand: Operand;
}

function operands(first: SqlNode, second: SqlNode): Operands {
  const [one, two] = [sidedOperand(first), sidedOperand(second)];
  if (one.side === two.side) {
    throw refused(second, "two values of the same record are compared");
  }
  const [left, right] = one.side === "l" ? [one.operand, two.operand] : [two.operand, one.operand];
  return { left, right: isSame(left, right) ? left : right };
}

function isSame(one: Operand, two: Operand): boolean {
  return one.column === two.column && one.match === two.match && one.date === two.date;
}

function sidedOperand(node: SqlNode): SidedOperand {
  if (node.kind === "column") {
    return sidedColumn(node);
  }
  if (node.kind === "call" && node.name === "nullif") {
    return matched(node, node.args);
  }
  if (node.kind === "call" && node.name === "try_strptime") {
    const [inner, format] = node.args;
    if (inner !== undefined && format?.kind === "text" && node.args.length === 2) {
      const { side, operand } = sidedOperand(inner);
      if (operand.date === undefined && dateReader(format.value) !== undefined) {
        return { side, operand: { ...operand, date: format.value } };
      }
    }
  }
  throw refused(node, "this value is not read: a column, a part of it or a date in it is");
}

function sidedColumn(node: Extract<SqlNode, { kind: "column" }>): SidedOperand {
  const suffix = /_([lr])$/iu.exec(node.name)?.[1]?.toLowerCase();
  if (node.table !== undefined || (suffix !== "l" && suffix !== "r")) {
    throw refused(node, "columns of a condition end in _l or _r");
  }
  return { side: suffix, operand: { column: node.name.slice(0, -2) } };
}

/** `NULLIF(regexp_extract(column, 'expression', 0), '')` */
function matched(node: SqlNode, [extract, empty]: readonly SqlNode[]): SidedOperand {
  if (extract?.kind === "call" && extract.name === "regexp_extract" && isText(empty, "")) {
    const [inner, source, group] = extract.args;
    if (inner?.kind === "column" && source?.kind === "text" && isWholeMatch(group)) {
      if (typeof readPattern(source.value) === "string") {
        throw refused(source, "this expression is not one that all engines read alike");
      }
      const { side, operand } = sidedColumn(inner);
      return { side, operand: { ...operand, match: source.value } };
    }
  }
  throw refused(node, "NULLIF is read around regexp_extract(column, 'expression', 0) only");
}

function isText(node: SqlNode | undefined, value: string): boolean {
  return node?.kind === "text" && node.value === value;
}

function isWholeMatch(node: SqlNode | undefined): boolean {
  return node === undefined || (node.kind === "number" && node.value === 0);
}

function keyPart(node: SqlNode): KeyPart {
  if (node.kind === "compare" && node.sign === "=") {
    const [left, right] = [sidedKey(node.left, "l"), sidedKey(node.right, "r")];
    if (left.column === right.column && left.length === right.length) {
      return left;
    }
  }
  throw refused(node, "a rule compares a column, or its first characters, with itself");
}

/** `l.column`, or `SUBSTRING(l.column, 1, n)`. */
function sidedKey(node: SqlNode, table: "l" | "r"): KeyPart {
  if (node.kind === "column" && node.table?.toLowerCase() === table) {
    return { column: node.name };
  }
  if (node.kind === "call" && (node.name === "substring" || node.name === "substr")) {
    const [column, from, length] = node.args;
    if (column && from?.kind === "number" && from.value === 1 && length?.kind === "number") {
      return { ...sidedKey(column, table), length: length.value };
    }
  }
  throw refused(node, `a column of ${table} is expected here`);
}

function refused({ offset }: { readonly offset: number }, message: string): TextRefusal {
  return new TextRefusal({ offset, message });
}
