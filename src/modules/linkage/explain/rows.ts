import type { Model } from "../model/model.ts";
import type { PairScore, ScorePart } from "../scoring/score-pair.ts";
import { shownValues, subjectOf } from "./wording.ts";

/** A line of the table that explains what a pair weighs. The weights of all lines add up to the pair's. */
export interface ExplanationRow {
  readonly kind: "prior" | "comparison" | "factor" | "related";
  /** What was looked at: `given name`. */
  readonly subject: string;
  /** What was found: the name of the level, `different` for the last one. */
  readonly outcome?: string | undefined;
  readonly left?: string | undefined;
  readonly right?: string | undefined;
  readonly m?: number | undefined;
  readonly u?: number | undefined;
  /** Of how common the value is; part of the weight. */
  readonly termWeight?: number | undefined;
  /** log2 of how much likelier it is for the same than for different ones. */
  readonly weight: number;
  /** A value is missing, so nothing can be said. */
  readonly isMissing: boolean;
}

/**
 * Explains a score line by line: where it begins, what each comparison found, what dependent comparisons
 * said twice, and what relatives would share.
 */
export function explanationRows(model: Model, score: PairScore): readonly ExplanationRow[] {
  const nounOf = (comparison: string): string => subjectOf(model, comparison).noun;
  return [
    { kind: "prior", subject: "any two records", weight: score.priorWeight, isMissing: false },
    ...score.parts.map((part): ExplanationRow => {
      const { level, isMissing, m, u, weight, termWeight } = part;
      const subject = subjectOf(model, part.comparison);
      return {
        kind: "comparison",
        subject: subject.noun,
        outcome: isLast(model, part) ? "different" : level,
        ...shownValues(subject, part),
        m,
        u,
        termWeight,
        weight: weight + termWeight,
        isMissing,
      };
    }),
    ...score.factors.map(({ comparisons, weight }): ExplanationRow => ({
      kind: "factor",
      subject: `${listed(comparisons.map(nounOf))} together`,
      weight,
      isMissing: false,
    })),
    ...(score.relatedWeight === 0
      ? []
      : [
          {
            kind: "related" as const,
            subject: "shared by relatives",
            weight: score.relatedWeight,
            isMissing: false,
          },
        ]),
  ];
}

function isLast(model: Model, { comparison, level }: ScorePart): boolean {
  const levels = model.comparisons.find(({ name }) => name === comparison)?.levels;
  return levels?.at(-1)?.name === level;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
