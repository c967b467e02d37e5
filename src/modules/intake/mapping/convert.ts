/** From the raw text of a column to the canonical text of a field: the mapping's steps, then the field's own. */
import { assert, err, ok } from "../../../kernel/index.ts";
import type { Result } from "../../../kernel/index.ts";
import type { Field } from "../../contracts/index.ts";
import { compileNormaliser } from "../normalise/normaliser.ts";
import type { Place } from "../normalise/normaliser.ts";
import { Rejection } from "../normalise/outcome.ts";
import type { Normalise, Outcome } from "../normalise/outcome.ts";
import type { ColumnMapping } from "../source-definition.ts";
import { compileDatePattern } from "./date-pattern.ts";
import { marksReader } from "./number-marks.ts";

/** Turns the raw text of a value, blanks around it included, into what is stored. */
export type Convert = (raw: string) => Outcome;

export const NUL_CHARACTER = new Rejection(
  "nul-byte",
  "contains the character NUL, which no text field can hold",
);

/**
 * Compiles a column mapping. In this order: blanks around the value go; nothing, or a token for nothing, is no
 * value; the lookup; the split; the date pattern or number marks; then type, normaliser and rules.
 */
export function compileConvert(
  mapping: ColumnMapping,
  field: Field,
  context: { readonly place: Place; readonly nulls: readonly string[] },
): Convert {
  const nulls = new Set([...context.nulls, ...(mapping.nulls ?? [])].map((token) => token.trim()));
  const steps = [
    ...lookupSteps(mapping),
    ...splitSteps(mapping),
    ...dateSteps(mapping.date, mapping.pivot),
    ...markSteps(mapping),
  ];
  return withoutNulls(nulls, inOrder([...steps, compileNormaliser(field, context.place)]));
}

/** Compiles what becomes of a text that stands in the definition itself, or that an expression made. */
export function compileText(field: Field, place: Place): Convert {
  const convert = withoutNulls(new Set(), compileNormaliser(field, place));
  return (text) => (text.includes("\0") ? NUL_CHARACTER : convert(text));
}

/** The canonical text of a constant, or why the field cannot have it. */
export function compileConstant(
  text: string,
  field: Field,
  place: Place,
): Result<string | null, string> {
  const outcome = compileText(field, place)(text);
  return outcome instanceof Rejection ? err(outcome.message) : ok(outcome);
}

/** Compiles the reading of the time at which a source stated a row. */
export function compileStatedAt(
  statedAt: { readonly date?: string | undefined; readonly pivot?: number | undefined },
  timestamp: Normalise,
): Convert {
  return withoutNulls(new Set(), inOrder([...dateSteps(statedAt.date, statedAt.pivot), timestamp]));
}

function withoutNulls(nulls: ReadonlySet<string>, normalise: Normalise): Convert {
  return (raw) => {
    const text = raw.trim();
    return text === "" || nulls.has(text) ? null : normalise(text);
  };
}

function inOrder(steps: readonly Normalise[]): Normalise {
  if (steps.length === 1 && steps[0] !== undefined) {
    return steps[0];
  }
  return (text) => {
    let outcome: Outcome = text;
    for (const step of steps) {
      if (typeof outcome !== "string") {
        return outcome;
      }
      outcome = step(outcome);
    }
    return outcome;
  };
}

/** Texts that are not in the lookup go on as they are. */
function lookupSteps({ values }: ColumnMapping): Normalise[] {
  if (values === undefined) {
    return [];
  }
  const replacements = new Map(Object.entries(values).map(([from, to]) => [from.trim(), to]));
  return [
    (text) => {
      const replacement = replacements.get(text);
      return replacement === undefined ? text : replacement;
    },
  ];
}

/** Without `take`, a list: as JSON, so that no part can be mistaken for two. */
function splitSteps({ split, take }: ColumnMapping): Normalise[] {
  if (split === undefined) {
    return [];
  }
  if (take === undefined) {
    return [(text) => JSON.stringify(text.split(split))];
  }
  return [
    (text) => {
      const part = text
        .split(split)
        .at(take > 0 ? take - 1 : take)
        ?.trim();
      return part === undefined || part === "" ? null : part;
    },
  ];
}

function dateSteps(pattern: string | undefined, pivot: number | undefined): Normalise[] {
  if (pattern === undefined) {
    return [];
  }
  const compiled = compileDatePattern(pattern, pivot);
  assert(compiled.ok, () => "the date pattern of an applied source was checked");
  return [compiled.value];
}

function markSteps({ decimal, thousands }: ColumnMapping): Normalise[] {
  return decimal === undefined && thousands === undefined
    ? []
    : [marksReader(decimal ?? ".", thousands)];
}
