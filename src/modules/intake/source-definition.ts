/** `sources/NAME.yaml`: where records come from and how their columns become fields. The words are explained in `docs/guides/sources.md`. */
import { z } from "zod";

import { InvalidInputError } from "../../kernel/index.ts";
import type { Issue } from "../../kernel/index.ts";
import type { Dataset } from "../contracts/index.ts";
import { encodings } from "./reading/encoding.ts";
import { columnName, formatKinds } from "./reading/format.ts";

const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    "must be lower-case letters, digits and hyphens, beginning with a letter",
  );
const column = z.string().min(1, "must name a column");
const asciiCharacter = /^[!-/:-@[-`{-~]$/;

const delimiter = z
  .string()
  .refine((text) => ["tab", "whitespace", "\t"].includes(text) || asciiCharacter.test(text), {
    error: 'must be one punctuation character, "tab" or "whitespace"',
  })
  .transform((text) => (text === "\t" ? "tab" : text));

const fixedColumn = z.strictObject({
  name: column,
  start: z.int().min(1).max(1_000_000),
  length: z.int().min(1).max(1_000_000),
});

const format = z.strictObject({
  kind: z.enum(formatKinds).optional(),
  delimiter: delimiter.optional(),
  quote: z
    .string()
    .refine((text) => text === "" || asciiCharacter.test(text), {
      error: "must be one punctuation character, or empty",
    })
    .optional(),
  header: z.boolean().optional(),
  columns: z
    .array(z.union([column, fixedColumn]))
    .min(1)
    .optional(),
  encoding: z.enum(encodings).optional(),
  sheet: z.string().min(1).optional(),
});

/** YAML reads `01` and `NO` in its own way, so a token may come as a number or a truth value too. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const tokens = z.array(z.union([scalar, z.null().transform(() => "")]));
const mark = z.string().length(1, "must be one character");

const columnMapping = z.strictObject({
  column,
  values: z.record(z.string(), scalar.nullable()).optional(),
  date: z.string().min(1).optional(),
  pivot: z.int().min(0).max(99).optional(),
  decimal: mark.optional(),
  thousands: mark.optional(),
  split: z.string().min(1).max(16).optional(),
  take: z
    .int()
    .refine((place) => place !== 0, { error: "counts from 1, or from -1 at the end" })
    .optional(),
  nulls: tokens.optional(),
});

const mapping = z.union([
  column.transform((text): z.output<typeof columnMapping> => ({ column: text })),
  columnMapping,
  z.strictObject({ constant: scalar }),
  z.strictObject({ cel: z.string().min(1) }),
]);

const place = z.int().min(1);

const schema = z.strictObject({
  source: name,
  dataset: z.string(),
  precedence: z.int().min(-32_768).max(32_767).default(0),
  description: z.string().optional(),
  format: format.default({}),
  statedAt: z
    .strictObject({
      column,
      date: z.string().min(1).optional(),
      pivot: z.int().min(0).max(99).optional(),
    })
    .optional(),
  nulls: tokens.default([]),
  fields: z.record(z.string(), mapping).default({}),
  ignore: z.array(column).default([]),
  control: z
    .strictObject({
      sums: z.array(z.string()).default([]),
      trailer: z
        .strictObject({
          starts: z.string().min(1),
          rows: place.optional(),
          sums: z.record(z.string(), place).default({}),
        })
        .optional(),
    })
    .default({ sums: [] }),
  rejects: z
    .strictObject({
      percent: z.number().min(0).max(100).optional(),
      rows: z.int().min(0).optional(),
    })
    .default({}),
});

/** A source, as its definition says. */
export type SourceDefinition = z.output<typeof schema>;
/** How one field gets its value. */
export type FieldMapping = z.output<typeof mapping>;
export type ColumnMapping = z.output<typeof columnMapping>;
export type TrailerDefinition = NonNullable<SourceDefinition["control"]["trailer"]>;

/** Everything wrong with the form of a definition, or the definition. */
export function readSource(
  body: unknown,
): { source: SourceDefinition } | { problems: SourceProblem[] } {
  const parsed = schema.safeParse(body);
  return parsed.success
    ? { source: parsed.data }
    : {
        problems: parsed.error.issues.map((issue) => ({
          path: issue.path.map(pathStep),
          message: formMessage(issue),
        })),
      };
}

/** What is wrong at a place of a definition. */
export interface SourceProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string | undefined;
  /** 0-based place in the text that stands there. */
  readonly offset?: number | undefined;
}

/**
 * Reads a definition that was checked when it was applied.
 * @throws InvalidInputError with every problem of its form
 */
export function parseSource(body: unknown, file: string): SourceDefinition {
  const read = readSource(body);
  if ("source" in read) {
    return read.source;
  }
  const issues: Issue[] = read.problems.map(({ path, message }) => ({
    at: `${file}: ${path.join(".")}`,
    message,
  }));
  throw new InvalidInputError("source-invalid", `${file} is not a source definition`, issues);
}

/** The source of records whose columns are named like the dataset's fields, for datasets without any definition. */
export function defaultSource(dataset: Dataset): SourceDefinition {
  return schema.parse({ source: "default", dataset: dataset.name });
}

/**
 * Chooses among the sources of a dataset the one whose columns the input has: the source with the fewest
 * missing columns, then with the most that are there. Without any source, {@link defaultSource}.
 * @throws InvalidInputError when two sources fit equally well
 */
export function chooseSource(
  sources: readonly SourceDefinition[],
  dataset: Dataset,
  columns: readonly string[],
): SourceDefinition {
  const present = new Set(columns);
  const ranked = sources
    .filter((source) => source.dataset === dataset.name)
    .map((source) => {
      const wanted = namedColumns(source);
      const found = wanted.filter((wantedColumn) => present.has(wantedColumn)).length;
      return { source, missing: wanted.length - found, found };
    })
    .sort((a, b) => a.missing - b.missing || b.found - a.found);
  const [best, second] = ranked;
  if (best === undefined) {
    return defaultSource(dataset);
  }
  if (second !== undefined && second.missing === best.missing && second.found === best.found) {
    throw new InvalidInputError(
      "source-ambiguous",
      `the columns fit the sources ${best.source.source} and ${second.source.source} equally well`,
      [],
      { hint: "name the source" },
    );
  }
  return best.source;
}

/** The columns that a definition names itself (not those that a field takes by its own name). */
export function namedColumns(source: SourceDefinition): string[] {
  const columns = Object.values(source.fields).flatMap((field) =>
    "column" in field ? [field.column] : [],
  );
  const stated = source.statedAt === undefined ? [] : [source.statedAt.column];
  return [...new Set([...columns, ...stated])];
}

/** The column names that the format gives, if it does. */
export function formatColumns(source: SourceDefinition): readonly string[] | undefined {
  return source.format.columns?.map(columnName);
}

function pathStep(step: PropertyKey): string | number {
  return typeof step === "number" ? step : String(step);
}

function formMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `${issue.keys.map((key) => `"${key}"`).join(", ")} is no word of a source definition here`;
  }
  if (issue.code === "invalid_union") {
    return "is neither a column's name nor {column: …}, {constant: …} or {cel: …} in a known form";
  }
  return issue.message;
}
