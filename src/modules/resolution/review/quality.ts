/** What the judgements of persons say of the reviewers, and of the model. Pure. */
import { must } from "../../../kernel/index.ts";
import { type Judgement, pairKey, type Standing, standingPairs } from "../judgement/judgement.ts";

/** Two reviewers on the pairs that both judged. */
export interface Agreement {
  readonly reviewers: readonly [string, string];
  readonly pairs: number;
  /** Pairs on which they said the same. */
  readonly agreed: number;
  /**
   * Agreement beyond chance: 1 is perfect, 0 is chance (Cohen, "A Coefficient of Agreement for Nominal
   * Scales", 1960). Undefined where chance alone would agree on everything.
   */
  readonly kappa: number | undefined;
}

/** How far reviewers agree, for each two who judged a pair in common, in the order of their names. */
export function agreements(log: readonly Judgement[]): Agreement[] {
  const answers = new Map<string, BothSaid[]>();
  for (const { standing } of standingPairs(log.filter(({ judge }) => judge === "person"))) {
    const byName = standing.toSorted((a, b) => (a.who < b.who ? -1 : 1));
    for (const [one, other] of pairsAmong(byName)) {
      const reviewers = JSON.stringify([one.who, other.who]);
      const known = answers.get(reviewers) ?? [];
      answers.set(reviewers, [...known, { one, other }]);
    }
  }
  return [...answers].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, said]) => agreementOf(said));
}

/** What two reviewers said of one pair. */
interface BothSaid {
  readonly one: Standing;
  readonly other: Standing;
}

function pairsAmong(voices: readonly Standing[]): (readonly [Standing, Standing])[] {
  return voices.flatMap((one, index) =>
    voices.slice(index + 1).map((other) => [one, other] as const),
  );
}

function agreementOf(said: readonly BothSaid[]): Agreement {
  const pairs = said.length;
  const agreed = said.filter(({ one, other }) => one.verdict === other.verdict).length;
  const byChance = VERDICTS.map((verdict) => {
    const ofOne = said.filter(({ one }) => one.verdict === verdict).length;
    const ofOther = said.filter(({ other }) => other.verdict === verdict).length;
    return (ofOne / pairs) * (ofOther / pairs);
  }).reduce((sum, share) => sum + share, 0);
  const { one, other } = must(said[0], "they judged a pair in common");
  return {
    reviewers: [one.who, other.who],
    pairs,
    agreed,
    kappa: byChance === 1 ? undefined : (agreed / pairs - byChance) / (1 - byChance),
  };
}

const VERDICTS = ["same", "different", "unsure"] as const;

/** A share with the interval that holds the true one in 19 of 20 cases. */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Pairs it was counted on. */
  readonly of: number;
}

export interface ThresholdQuality {
  /** A probability. */
  readonly threshold: number;
  /** Of the judged pairs at or above it, the share that are the same; undefined where there is none. */
  readonly precision: Share | undefined;
  /** Of the judged pairs that are the same, the share at or above it; undefined where there is none. */
  readonly recall: Share | undefined;
}

/** A pair that a person judged the same or different, and what the model gives it. */
export interface LabelledPair {
  readonly isSame: boolean;
  /** 0 to 1. */
  readonly probability: number;
}

/**
 * How thresholds would do on the pairs that persons have judged. The queue asks about doubtful pairs
 * first: these are estimates for pairs such as were asked about, and lower than for all pairs.
 */
export function thresholdQuality(
  labelled: readonly LabelledPair[],
  thresholds: readonly number[],
): ThresholdQuality[] {
  const same = labelled.filter(({ isSame }) => isSame).length;
  return thresholds.map((threshold) => {
    const above = labelled.filter(({ probability }) => probability >= threshold);
    const right = above.filter(({ isSame }) => isSame).length;
    return {
      threshold,
      precision: wilson(right, above.length),
      recall: wilson(right, same),
    };
  });
}

/** Another threshold that the judged pairs speak for. */
export interface ThresholdProposal extends ThresholdQuality {
  /** The threshold in force. */
  readonly instead: number;
  /** Of the judged pairs between the two thresholds, the share that the other one gets right. */
  readonly corrected: Share;
}

/**
 * The threshold, of those that are given, which would get right most more of the judged pairs than the one in
 * force; undefined where none is sure to get more right than wrong. Only the pairs between the two are decided
 * otherwise, so only these are counted; and as whether a pair is asked about depends on its probability, those
 * that were judged there are like the others there. Sure is what the interval of their share says (one half
 * lies below it), without a correction for how many thresholds were tried.
 */
export function proposeThreshold(
  labelled: readonly LabelledPair[],
  { link, thresholds }: { readonly link: number; readonly thresholds: readonly number[] },
): ThresholdProposal | undefined {
  const proposals = thresholds.flatMap((threshold) => {
    const [low, high] = [Math.min(threshold, link), Math.max(threshold, link)];
    const between = labelled.filter(({ probability }) => probability >= low && probability < high);
    const right = between.filter(({ isSame }) => isSame === threshold < link).length;
    const corrected = wilson(right, between.length);
    return corrected === undefined || corrected.low <= 0.5
      ? []
      : [{ threshold, corrected, gain: 2 * right - between.length }];
  });
  const [best] = proposals.toSorted((a, b) => b.gain - a.gain);
  if (best === undefined) {
    return undefined;
  }
  const { threshold, corrected } = best;
  const [quality] = thresholdQuality(labelled, [threshold]);
  return { ...must(quality, "one threshold has one quality"), instead: link, corrected };
}

/** The two-sided 95 % quantile of the normal distribution. */
const Z = 1.959964;

/**
 * A share with its score interval (Wilson, "Probable Inference, the Law of Succession, and Statistical
 * Inference", 1927), which holds its promise for few cases and for shares near 0 and 1.
 */
export function wilson(count: number, of: number): Share | undefined {
  if (of === 0) {
    return undefined;
  }
  const value = count / of;
  const spread = Z ** 2 / of;
  const centre = (value + spread / 2) / (1 + spread);
  const reach = (Z * Math.sqrt((value * (1 - value)) / of + spread / (4 * of))) / (1 + spread);
  return { value, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach), of };
}

/** The pairs that persons judged the same or different, with the model's standing weight where it has one. */
export function labelsOf(
  persons: readonly Judgement[],
  probabilityOf: (pair: string) => number | undefined,
): LabelledPair[] {
  return standingPairs(persons).flatMap((state) => {
    const probability = probabilityOf(pairKey(state));
    const { verdict } = state.ruling;
    return probability === undefined || verdict === "unsure"
      ? []
      : [{ isSame: verdict === "same", probability }];
  });
}
