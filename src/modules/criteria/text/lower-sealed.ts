/**
 * Comparisons with sealed fields: equality by blind index, and nothing else.
 *
 * The index of a value takes the client's keys, which nothing here has. So a value may be written in
 * clear when criteria are checked, but whoever keeps them or asks by them seals them first
 * (`sealCriteria`): the value is then replaced by `sealed("…")` in the text, and is nowhere else.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { findDataset, findField, indexedAs, type IndexedPlace } from "../../contracts/index.ts";
import { must } from "../../../kernel/index.ts";
import type { FieldType } from "../../contracts/index.ts";
import type {
  ComparisonOperator,
  FieldValue,
  Literal,
  SealedLiteral,
  Value,
} from "../tree/index.ts";
import { isLiteral, typeOf, value } from "../tree/index.ts";
import type { Reading } from "./reader.ts";
import { expectArguments, stringArgument } from "./reader.ts";
import { refuse } from "./refusal.ts";

/** What can be asked of a sealed field, for hints. */
export const SEALED_HINT = "a sealed field can be compared with ==, !=, in and null";

const BLIND_INDEX = /^[0-9a-f]{32}$/;

/** `sealed("…")`: a value of a sealed field by its blind index, 32 hexadecimal digits. */
export function lowerSealed(node: ASTNode, args: readonly ASTNode[]): SealedLiteral {
  const example = 'customer.ssn == sealed("0123456789abcdef0123456789abcdef")';
  expectArguments(node, args, { name: "sealed()", count: 1, example });
  const index = stringArgument(args[0], node, "a blind index");
  if (!BLIND_INDEX.test(index)) {
    refuse(args[0] ?? node, "this is no blind index: 32 digits, 0 to 9 and a to f");
  }
  return value({ kind: "sealed-literal", index });
}

/** Whether a side of a comparison is a sealed field, or a value of one. */
export function isSealed(side: Value): boolean {
  return typeOf(side) === "sealed";
}

/** One side of a comparison, with the node that it was read from. */
export interface Side {
  readonly side: Value;
  readonly node: ASTNode;
}

/**
 * The sides of a comparison as the values that are compared were there in clear, for the checks of their
 * types; and refuses what only the clear values could answer.
 */
export function clearSides(
  node: ASTNode,
  comparison: { readonly operator: ComparisonOperator; readonly left: Side; readonly right: Side },
  reading: Reading,
): readonly [Value, Value] {
  const { operator, left, right } = comparison;
  refuseApart([left, right], reading);
  if (operator !== "==" && operator !== "!=") {
    refuse(node, "a sealed value has no order", SEALED_HINT);
  }
  const [a, b] = [sealedField(left.side), sealedField(right.side)];
  if (a !== undefined && b !== undefined) {
    checkSamePlace(node, [a, b], reading);
  } else if (a !== undefined) {
    checkFixed(right, a, reading);
  } else if (b !== undefined) {
    checkFixed(left, b, reading);
  }
  return [inClear(left.side, right.side, reading), inClear(right.side, left.side, reading)];
}

/** Values of a field that look equal for one person only are known or not, and nothing else. */
function refuseApart(sides: readonly Side[], { catalogue }: Reading): void {
  for (const { side, node } of sides) {
    const field = sealedField(side);
    if (field !== undefined && placeOf(field, catalogue).equality === "subject") {
      const message = `the values of ${field.field} look equal for one person only, and nobody is found by them`;
      refuse(node, message, "null and has() can be asked of it");
    }
  }
}

/** The field a sealed value is of; undefined for `sealed("…")` and for what is not sealed. */
function sealedField(side: Value): FieldValue | undefined {
  return side.kind === "field" && side.type === "sealed" ? side : undefined;
}

function checkSamePlace(
  node: ASTNode,
  fields: readonly [FieldValue, FieldValue],
  { catalogue }: Reading,
): void {
  const [a, b] = fields.map((field) => placeOf(field, catalogue));
  if (a?.dataset !== b?.dataset || a?.field !== b?.field) {
    const hint = "two sealed fields compare only when one refers to the other";
    refuse(node, "the two fields are sealed apart from each other", hint);
  }
}

function placeOf({ dataset, field }: FieldValue, catalogue: Reading["catalogue"]): IndexedPlace {
  const found = must(findDataset(catalogue, dataset), "the field was found in the catalogue");
  return indexedAs(found, field);
}

/** A sealed field is compared with a fixed value, of which the blind index is noted when it is asked for. */
function checkFixed({ side, node }: Side, field: FieldValue, reading: Reading): void {
  if (!isLiteral(side)) {
    refuse(node, "a sealed field can be compared with a fixed value only", SEALED_HINT);
  }
  if (side.kind === "sealed-literal" || reading.sealing === undefined) {
    return;
  }
  const { blindIndex, replaced } = reading.sealing;
  const text = textFormOf(typeOfField(field, reading), side);
  const index = blindIndex(placeOf(field, reading.catalogue), text);
  replaced.push({ start: node.start, end: node.end, text: `sealed("${index.toString("hex")}")` });
}

/** A sealed side as what it would be in clear; a `sealed("…")` as what stands on the other side. */
function inClear(side: Value, other: Value, reading: Reading): Value {
  const field =
    sealedField(side) ?? (side.kind === "sealed-literal" ? sealedField(other) : undefined);
  if (field === undefined) {
    return side;
  }
  const { kind } = typeOfField(field, reading);
  return value({ ...field, type: kind === "enum" ? "text" : kind });
}

function typeOfField({ dataset, field }: FieldValue, { catalogue }: Reading): FieldType {
  const found = findDataset(catalogue, dataset);
  return must(found && findField(found, field), "the field was found in the catalogue").type;
}

/** The text form (docs/waybill.md, section 3) that a value of the field would be sealed in. */
function textFormOf(type: FieldType, literal: Exclude<Literal, SealedLiteral>): string {
  switch (literal.kind) {
    case "text-literal":
      return literal.text;
    case "number-literal": {
      const [whole = "", fraction = ""] = literal.text.split(".");
      const scale = type.kind === "decimal" ? type.scale : 0;
      const digits = fraction.padEnd(scale, "0");
      return digits === "" ? whole : `${whole}.${digits}`;
    }
    case "boolean-literal":
      return String(literal.value);
    case "date-literal":
      return literal.date;
    case "instant-literal":
      return literal.instant.replace("Z", "000Z");
  }
}
