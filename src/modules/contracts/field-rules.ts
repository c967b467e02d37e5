/** The rules of a field, read from `logicalTypeOptions`, and whether any value could satisfy them. */
import { isDateTime } from "../../protocol/odcs/index.ts";
import type { FieldRules, FieldType } from "./catalogue.ts";
import type { Path } from "./located-yaml.ts";
import { patternProblem } from "./pattern.ts";
import type { Problems } from "./problems.ts";

/** A field's options as the standard allows them, with the place they stand at. */
export interface RuleSource {
  readonly options: Readonly<Record<string, unknown>>;
  readonly path: Path;
  readonly type: FieldType;
  readonly required: boolean;
}

const BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] as const;
type BoundName = (typeof BOUNDS)[number];

/** Options that constrain values in ways Waybill does not check: refused rather than passed over. */
const NOT_CHECKED = ["multipleOf", "minItems", "maxItems", "uniqueItems"];

/** Reads the rules; what cannot be meant is reported. */
export function readRules(source: RuleSource, problems: Problems): FieldRules {
  const { options, path, type, required } = source;
  for (const name of NOT_CHECKED.filter((option) => options[option] !== undefined)) {
    const hint = "leave it out, or say it with waybill.rules on the dataset";
    problems.addKey([...path, name], `${name} is not checked by Waybill`, hint);
  }
  if ((type.kind === "integer" || type.kind === "decimal") && options["format"] !== undefined) {
    const hint = "leave it out: integers have 64 bits, and numbers are exact (waybill.type)";
    problems.addKey([...path, "format"], "binary formats of numbers are not used by Waybill", hint);
  }
  return { required, ...readText(source, problems), ...readBounds(source, problems) };
}

function readText({ options, path, type }: RuleSource, problems: Problems): Partial<FieldRules> {
  const rules = {
    minLength: numberOption(options["minLength"]),
    maxLength: numberOption(options["maxLength"]),
    pattern: typeof options["pattern"] === "string" ? options["pattern"] : undefined,
  };
  const given = Object.entries(rules).filter(([, value]) => value !== undefined);
  if (type.kind === "enum" && given.length > 0) {
    const hint = "leave it out: waybill.values says which values there are";
    problems.addKey([...path, given[0]?.[0] ?? ""], "an enumeration needs no further rule", hint);
    return {};
  }
  if ((rules.minLength ?? 0) > (rules.maxLength ?? Number.POSITIVE_INFINITY)) {
    problems.add([...path, "minLength"], "minLength is greater than maxLength", "exchange the two");
  }
  const problem = rules.pattern === undefined ? undefined : patternProblem(rules.pattern);
  if (problem !== undefined) {
    const hint = "patterns are RE2 syntax, matched against the whole value";
    problems.add([...path, "pattern"], `the pattern cannot be used: ${problem}`, hint);
  }
  return defined(rules);
}

function readBounds(source: RuleSource, problems: Problems): Partial<FieldRules> {
  const { options, path, type } = source;
  const bounds: Partial<Record<BoundName, string>> = {};
  for (const name of BOUNDS) {
    const value = options[name];
    if (value === undefined) {
      continue;
    }
    const text = typeof value === "number" || typeof value === "string" ? String(value) : "";
    const problem = boundProblem(text, type);
    if (problem === undefined) {
      bounds[name] = text;
    } else {
      problems.add([...path, name], `${name} ${problem}`);
    }
  }
  if (leavesNothing(bounds, type)) {
    const place = BOUNDS.find((name) => bounds[name] !== undefined) ?? "minimum";
    problems.add(
      [...path, place],
      "no value lies between the lower and the upper bound",
      "exchange the two",
    );
  }
  return bounds;
}

function boundProblem(text: string, type: FieldType): string | undefined {
  switch (type.kind) {
    case "integer":
      return /^-?\d{1,18}$/u.test(text) ? undefined : "must be a whole number of at most 18 digits";
    case "decimal": {
      if (!/^-?\d+(?:\.\d+)?$/u.test(text)) {
        return "must be a number without an exponent";
      }
      const digits = /^-?0*(\d*)/u.exec(text)?.[1]?.length ?? 0;
      const room = type.precision - type.scale;
      return digits > room
        ? `has ${digits} digits before the point; the type has room for ${room}`
        : undefined;
    }
    case "date":
      return isDateTime(`${text}T00:00:00Z`) ? undefined : "must be a date such as 2026-03-31";
    case "timestamp":
      return isDateTime(text)
        ? undefined
        : "must be a time with its zone, such as 2026-03-31T12:00:00Z";
    default:
      return "means nothing for this type";
  }
}

function leavesNothing(bounds: Partial<Record<BoundName, string>>, type: FieldType): boolean {
  const measure = (name: BoundName): number | undefined => {
    const text = bounds[name];
    const isTime = type.kind === "date" || type.kind === "timestamp";
    return text === undefined ? undefined : isTime ? Date.parse(text) : Number(text);
  };
  const lower = Math.max(measure("minimum") ?? -Infinity, measure("exclusiveMinimum") ?? -Infinity);
  const upper = Math.min(measure("maximum") ?? Infinity, measure("exclusiveMaximum") ?? Infinity);
  const isOpen = measure("exclusiveMinimum") === lower || measure("exclusiveMaximum") === upper;
  return lower > upper || (lower === upper && isOpen);
}

function numberOption(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function defined<T extends object>(rules: T): Partial<T> {
  const entries = Object.entries(rules).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
