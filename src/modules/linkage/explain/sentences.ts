import { must } from "../../../kernel/index.ts";
import type { Level, Model } from "../model/model.ts";
import type { FactorPart, PairScore, ScorePart } from "../scoring/score-pair.ts";
import { listed } from "./rows.ts";
import {
  isBirth,
  SILENT_WEIGHT,
  shownCount,
  shownProbability,
  shownShare,
  shownValues,
  shownWeight,
  subjectOf,
} from "./wording.ts";
import type { Subject } from "./wording.ts";

/**
 * Explains a score in plain English, one sentence each: the verdict, the evidence with the strongest
 * first, what could not be compared, and where it began.
 */
export function sentences(model: Model, score: PairScore): readonly string[] {
  const evidence = [
    ...score.parts
      .filter(({ isMissing }) => !isMissing)
      .map((part) => ({
        weight: part.weight + part.termWeight,
        sentence: partSentence(model, part),
      })),
    ...score.factors.map((factor) => ({
      weight: factor.weight,
      sentence: factorSentence(model, factor),
    })),
    {
      weight: score.relatedWeight,
      sentence: "Relatives and housemates would share some of this as well",
    },
  ];
  const told = evidence
    .filter(({ weight }) => Math.abs(weight) >= SILENT_WEIGHT)
    .toSorted((one, other) => Math.abs(other.weight) - Math.abs(one.weight))
    .map(({ weight, sentence }) => `${sentence}: ${shownWeight(weight)}.`);
  return [verdict(score), ...told, ...silence(model, score), beginning(score)];
}

function verdict({ weight, probability }: PairScore): string {
  const shown = shownProbability(probability);
  return `The probability that the two are the same is ${shown} (weight ${shownWeight(weight)}).`;
}

function beginning({ priorWeight }: PairScore): string {
  const pairs = shownCount(1 + 2 ** -priorWeight);
  return `Of any two records, 1 pair in ${pairs} is the same: ${shownWeight(priorWeight)}.`;
}

function silence(model: Model, { parts }: PairScore): readonly string[] {
  const missing = parts
    .filter(({ isMissing }) => isMissing)
    .map(({ comparison }) => subjectOf(model, comparison).noun);
  return missing.length === 0 ? [] : [`Nothing can be said of the ${listed(missing)}.`];
}

function partSentence(model: Model, part: ScorePart): string {
  const subject = subjectOf(model, part.comparison);
  const level = levelOf(model, part);
  if (level.when === "otherwise") {
    return `The ${subject.noun} differs${values(subject, part)}${oddsAgainst(part)}`;
  }
  return level.when.kind === "equal"
    ? `${sameness(subject, part)}${coincidence(part)}`
    : `The ${subject.noun} is close (${part.level})${values(subject, part)}${odds(part)}`;
}

function levelOf(model: Model, { comparison, level }: ScorePart): Level {
  const levels = model.comparisons.find(({ name }) => name === comparison)?.levels;
  return must(
    levels?.find(({ name }) => name === level),
    "a score names levels of its model",
  );
}

/** Both sides show the same value, unless only a part of it was asked for. */
function sameness(subject: Subject, part: ScorePart): string {
  const { left, right } = shownValues(subject, part);
  if (left === undefined || left !== right) {
    return `The ${subject.noun} agrees (${part.level})${values(subject, part)}`;
  }
  return isBirth(subject)
    ? `Both were born on ${left}`
    : `Both have the ${subject.noun} ${quoted(left)}`;
}

/** How many different ones share the value by chance: this value where it was counted, else any value. */
function coincidence({ termShare, u }: ScorePart): string {
  const share = termShare ?? u;
  return share === undefined ? "" : `, which ${shownShare(share, "others")} share by chance`;
}

function values(subject: Subject, part: ScorePart): string {
  const { left, right } = shownValues(subject, part);
  return left === undefined || right === undefined ? "" : `, ${quoted(left)} and ${quoted(right)}`;
}

function odds(part: ScorePart): string {
  const weight = part.weight + part.termWeight;
  const times = shownTimes(2 ** Math.abs(weight));
  const likelier =
    weight < 0 ? "for different ones than for the same" : "for the same than for different ones";
  return `, ${times} likelier ${likelier}`;
}

function oddsAgainst(part: ScorePart): string {
  return part.m === undefined || part.weight >= 0
    ? odds(part)
    : `, as it does in ${shownShare(part.m, "pairs")} that are the same`;
}

function shownTimes(times: number): string {
  return times < 10 ? `${times.toFixed(1)} times` : `${shownCount(times)} times`;
}

function factorSentence(model: Model, { comparisons, weight }: FactorPart): string {
  const nouns = comparisons.map((comparison) => subjectOf(model, comparison).noun);
  const amount = weight < 0 ? "less" : "more";
  return `Together, ${listed(nouns)} say ${amount} than one by one, for they depend on each other`;
}

function quoted(value: string): string {
  return `“${value}”`;
}
