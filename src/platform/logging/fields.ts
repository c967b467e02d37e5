/**
 * What a log line may hold: a closed list of names, ids, counts, durations and codes. A field that
 * is not in the list does not compile, and is dropped where types were got around. Text is taken
 * only if it looks like a name: an address of a person or a line of a record does not.
 */
const fieldKinds = {
  actor: "text",
  attempt: "number",
  bytes: "number",
  change: "number",
  client: "text",
  code: "text",
  count: "number",
  dataset: "text",
  delivery: "number",
  destination: "text",
  durationMs: "number",
  file: "text",
  host: "text",
  intake: "number",
  job: "number",
  jobName: "text",
  kind: "text",
  line: "number",
  method: "text",
  migration: "text",
  port: "number",
  quarantined: "number",
  requestId: "text",
  route: "text",
  rows: "number",
  schema: "text",
  segment: "text",
  source: "text",
  status: "number",
  unit: "text",
  version: "text",
  worker: "number",
} as const satisfies Readonly<Record<string, "text" | "number">>;

type FieldKinds = typeof fieldKinds;

/** The fields of a log line. Numbers may be bigint: ids are. */
export type LogFields = {
  readonly [Name in keyof FieldKinds]?:
    | (FieldKinds[Name] extends "number" ? number | bigint : string)
    | undefined;
};

const kindOf = new Map<string, "text" | "number">(Object.entries(fieldKinds));

/** Letters, digits and the punctuation of names and paths: no `@`, no quotes, no line ends. */
const fitText = /^[\p{L}\p{N} ._:/\\(){}+-]{0,200}$/u;

/** What stands in the log for text that does not look like a name. */
export const unfitText = "[unfit]";

/** The fields as they may be written: unknown ones dropped, unfit text replaced. */
export function fitFields(fields: object): Record<string, string | number> {
  const fit: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    const written = fitValue(kindOf.get(name), value);
    if (written !== undefined) {
      fit[name] = written;
    }
  }
  return fit;
}

function fitValue(
  kind: "text" | "number" | undefined,
  value: unknown,
): string | number | undefined {
  switch (kind) {
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
    case "text":
      return typeof value !== "string" ? undefined : fitText.test(value) ? value : unfitText;
    case undefined:
      return undefined;
  }
}
