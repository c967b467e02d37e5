/**
 * How values of the server become values of the program: exact where JavaScript numbers are not.
 * Enumerations and their arrays arrive as text, since their type ids differ between databases.
 */
import { types, type CustomTypesConfig } from "pg";

const int8 = 20;
const int8Array = 1016;
const numericArray = 1231;
const date = 1082;
const dateArray = 1182;
const timestamp = 1114;
const timestampArray = 1115;
const interval = 1186;
const textArray = 1009;

/** The type of the package knows no arrays; its parser does. */
const parserOf: (oid: number, format: "text") => (value: string) => (string | null)[] =
  types.getTypeParser;
const parseTextArray = parserOf(textArray, "text");

function parseInt8Array(value: string): (bigint | null)[] {
  return parseTextArray(value).map((item) => (item === null ? null : BigInt(item)));
}

function asText(value: string): string {
  return value;
}

/** Only what differs from the defaults of `pg-types`: its `numeric` is text, its `timestamptz` a Date already. */
const parsers = new Map<number, (value: string) => unknown>([
  [int8, BigInt],
  [int8Array, parseInt8Array],
  [numericArray, parseTextArray],
  [date, asText],
  [dateArray, parseTextArray],
  [timestamp, asText],
  [timestampArray, parseTextArray],
  [interval, asText],
]);

/** The type configuration of every connection. */
export const valueTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    const own = format === "binary" ? undefined : parsers.get(oid);
    return own ?? types.getTypeParser(oid, format);
  },
};
