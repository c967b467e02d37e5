/**
 * The text forms of values (docs/waybill.md, section 3) made and read by the server, whatever its date
 * style and time zone are. A list is the JSON array of its texts, so that it is one text as well.
 */
import { unreachable } from "../../../kernel/index.ts";
import type { FieldType } from "../catalogue.ts";
import { columnType } from "../tables.ts";

/** The text form of a value. @param value an expression of the type */
export function textFormSql(value: string, type: FieldType): string {
  switch (type.kind) {
    case "text":
    case "enum":
      return value;
    case "integer":
    case "decimal":
    case "boolean":
      return `${value}::text`;
    case "date":
      return `to_char(${value}, 'YYYY-MM-DD')`;
    case "timestamp":
      return `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case "text-list":
      return `to_json(${value})::text`;
    default:
      return unreachable(type);
  }
}

/** The value of a text form. @param text an expression of type text */
export function fromTextFormSql(text: string, type: FieldType): string {
  return type.kind === "text-list"
    ? `case when ${text} is not null then array(select json_array_elements_text(${text}::json)) end`
    : `${text}::${columnType(type)}`;
}
