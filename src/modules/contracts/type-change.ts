/** What becomes of the stored values when the type of a field changes. */
import type { Field, FieldType } from "./catalogue.ts";

/**
 * - same: nothing changes
 * - widened: every value has its place in the new type
 * - narrowed: the values fit, or the change is refused; nothing is rounded or cut off
 * - replaced: no value can be taken over, the column starts empty
 */
export type TypeChange = "same" | "widened" | "narrowed" | "replaced";

/** 64-bit integers have at most 19 digits. */
const INTEGER_DIGITS = 19;

/** Compares two states of a field by what can be done with its values. */
export function typeChange(before: Field, after: Field): TypeChange {
  if (before.sealed === true && after.sealed === true && before.equality !== after.equality) {
    return "replaced";
  }
  const isSealed = before.sealed === true || after.sealed === true;
  return isSealed
    ? sealedTypeChange(before.type, after.type)
    : clearTypeChange(before.type, after.type);
}

/**
 * Nobody can look at a sealed value in the database, and its blind index is that of its text: the values
 * are taken over where every one of them has the same text in the new type.
 */
function sealedTypeChange(from: FieldType, to: FieldType): TypeChange {
  const change = clearTypeChange(from, to);
  const isSameText = !(from.kind === "decimal" && to.kind === "decimal") || from.scale === to.scale;
  return change === "same" || (change === "widened" && isSameText) ? change : "replaced";
}

function clearTypeChange(from: FieldType, to: FieldType): TypeChange {
  if (spellType(from) === spellType(to)) {
    return "same";
  }
  if (from.kind === "enum" && to.kind === "enum") {
    const isKept = from.values.every((value) => to.values.includes(value));
    return isKept ? "widened" : "narrowed";
  }
  if (to.kind === "text") {
    const isWide = from.kind === "enum" || from.kind === "integer" || from.kind === "decimal";
    return isWide ? "widened" : "replaced";
  }
  if (from.kind === "text" && to.kind === "enum") {
    return "narrowed";
  }
  if (to.kind === "decimal" && (from.kind === "integer" || from.kind === "decimal")) {
    const wholeBefore = from.kind === "integer" ? INTEGER_DIGITS : from.precision - from.scale;
    const scaleBefore = from.kind === "integer" ? 0 : from.scale;
    const isWide = to.precision - to.scale >= wholeBefore && to.scale >= scaleBefore;
    return isWide ? "widened" : "narrowed";
  }
  return "replaced";
}

/** The type in the words of a contract, without the values of an enumeration. */
export function nameType(type: FieldType): string {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "enum":
      return "enumeration";
    case "text-list":
      return "list of text";
    default:
      return type.kind;
  }
}

function spellType(type: FieldType): string {
  return type.kind === "enum" ? JSON.stringify(["enum", ...type.values]) : nameType(type);
}
