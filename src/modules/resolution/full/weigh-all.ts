/** Finds and weighs the pairs of all records at once, in DuckDB. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { type Model, readScored, scorePairs, tellingFromNumber } from "../../linkage/index.ts";
import type { Pair } from "../settlement/closure.ts";
import {
  type Evidence,
  FOUND_BY_NEIGHBOURS,
  FOUND_EQUAL,
  type Limits,
} from "../settlement/evidence.ts";
import { createPairs } from "../store/bulk-tables.ts";
import type { LoadedRecords } from "./load-records.ts";

/** What the weighing needs: the tables `pairs` and `compared`, a trained model, and who waits. */
export interface Weighing {
  readonly duck: DuckDb;
  readonly model: Model;
  readonly limits: Limits;
  readonly loaded: LoadedRecords;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** A rule's number in `pairs` that no rule has. */
const NO_RULE = 255;

/** What blocking finds, as far as it is worth keeping. */
export async function weighBlocked(weighing: Weighing): Promise<Evidence[]> {
  const { duck, model, limits, loaded, signal, onProgress } = weighing;
  await scorePairs(duck, model, {
    minimumWeight: limits.review,
    signal,
    onProgress: ({ scored, of }) => onProgress(scored, of),
  });
  const { l, r, weight, rule, telling } = await readScored(duck, signal);
  return Array.from(l, (left, place) => ({
    left: must(loaded.representatives[left], "pairs are of records"),
    right: must(loaded.representatives[must(r[place], "equally long")], "pairs are of records"),
    weight: must(weight[place], "equally long"),
    foundBy: must(rule[place], "equally long") + 1,
    telling: tellingFromNumber(must(telling[place], "equally long")),
  }));
}

/** Records that say the same, where they weigh enough to link. */
export async function weighEqual(weighing: Weighing): Promise<Evidence[]> {
  const { limits, loaded } = weighing;
  const numbers = [...loaded.followers.keys()];
  const weighed = await weighNumbers(weighing, Int32Array.from(numbers), Int32Array.from(numbers));
  return numbers.flatMap((number, place) => {
    const { weight } = must(weighed[place], "every pair is weighed");
    const left = must(loaded.representatives[number], "followers follow a representative");
    const followers = weight < limits.link ? [] : (loaded.followers.get(number) ?? []);
    return followers.map((right) => ({
      left,
      right,
      weight,
      foundBy: FOUND_EQUAL,
      telling: null,
    }));
  });
}

/** Pairs that neighbours find. */
export async function weighNear(weighing: Weighing, pairs: readonly Pair[]): Promise<Evidence[]> {
  const { numberOf } = weighing.loaded;
  const l = Int32Array.from(pairs, ({ left }) => numberOf(left));
  const r = Int32Array.from(pairs, ({ right }) => numberOf(right));
  const weighed = await weighNumbers(weighing, l, r);
  return pairs.map(({ left, right }, place) => ({
    left,
    right,
    ...must(weighed[place], "every pair is weighed"),
    foundBy: FOUND_BY_NEIGHBOURS,
  }));
}

/** The weights of pairs of numbers, in their order, and what they tell. */
async function weighNumbers(
  { duck, model, signal }: Weighing,
  l: Int32Array,
  r: Int32Array,
): Promise<Pick<Evidence, "weight" | "telling">[]> {
  await createPairs(duck);
  await duck.append("pairs", [l, r, new Uint8Array(l.length).fill(NO_RULE)], signal);
  await scorePairs(duck, model, { signal });
  const scored = await readScored(duck, signal);
  const places = new Map(
    Array.from(scored.l, (left, place) => [
      pairNumber(left, must(scored.r[place], "equally long")),
      place,
    ]),
  );
  return Array.from(l, (left, index) => {
    const number = pairNumber(left, must(r[index], "equally long"));
    const place = must(places.get(number), "every pair is weighed");
    return {
      weight: must(scored.weight[place], "equally long"),
      telling: tellingFromNumber(must(scored.telling[place], "equally long")),
    };
  });
}

/** Exact for 67 million records. */
function pairNumber(l: number, r: number): number {
  return l * 2 ** 26 + r;
}
