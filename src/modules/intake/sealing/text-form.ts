import { unreachable } from "../../../kernel/index.ts";
import type { FieldType } from "../../contracts/index.ts";
import { listItems } from "../normalise/list.ts";

/** Digits of a second that an instant's text form has. */
const FRACTION_DIGITS = 6;

/**
 * The text form that a value is sealed in (docs/waybill.md, section 3) from its canonical text, which is
 * what PostgreSQL would be given. They differ where one value could be written in two ways.
 */
export function textFormOf(type: FieldType, canonical: string): string {
  switch (type.kind) {
    case "text":
    case "enum":
    case "integer":
    case "decimal":
    case "date":
      return canonical;
    case "boolean":
      return canonical === "t" ? "true" : "false";
    case "timestamp": {
      const [whole = "", fraction = ""] = canonical.slice(0, -1).split(".");
      return `${whole}.${fraction.padEnd(FRACTION_DIGITS, "0")}Z`;
    }
    case "text-list":
      return JSON.stringify(listItems(canonical));
    default:
      return unreachable(type);
  }
}
