/** What the model has to say of pairs of records, before anybody judges. */
import { must } from "../../../kernel/index.ts";
import {
  cohesionOf,
  type Model,
  type Telling,
  usualGroupSize,
  weightOfProbability,
} from "../../linkage/index.ts";

/** How a pair was found: by the blocking rule of this number, from 1, or in one of these ways. */
export const FOUND_BY_NEIGHBOURS = 0;
/** The two records say the same in every field that is compared. */
export const FOUND_EQUAL = -1;

/** The weight of a pair, `left < right`. */
export interface Evidence {
  readonly left: bigint;
  readonly right: bigint;
  /** Bits: log2 of the odds that the two are the same. */
  readonly weight: number;
  readonly foundBy: number;
  /** What the pair tells beside its weight; null where it tells nothing. */
  readonly telling: Telling | null;
}

/** What a model decides by. */
export interface Limits {
  /** From this weight on a pair is linked, in bits. */
  readonly link: number;
  /** From this weight on a person is asked, in bits. */
  readonly review: number;
  /** What groups have to hang together by, in bits. */
  readonly cohesion: number;
  /** Groups up to this many records are nothing unusual. */
  readonly usualSize: number;
}

/** The limits of a model in force. */
export function limitsOf(model: Model): Limits {
  const { link, review } = must(model.thresholds, "a model in force has thresholds");
  return {
    link: weightOfProbability(link),
    review: weightOfProbability(review),
    cohesion: cohesionOf(model),
    usualSize: usualGroupSize(model),
  };
}

/** What the model says of a pair of such a weight. */
export function verdictOf(
  weight: number,
  limits: Pick<Limits, "link" | "review">,
): "same" | "unsure" | "different" {
  if (weight >= limits.link) {
    return "same";
  }
  return weight >= limits.review ? "unsure" : "different";
}
