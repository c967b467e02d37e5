/**
 * Seeded randomness. The same seed gives the same numbers on every machine: sfc32 is integer
 * arithmetic, and V8 computes `Math.log`, `exp` and `cos` with its own fdlibm, not the platform's.
 *
 * A stream is made from a seed and a path of numbers (which purpose, which person), so that person
 * 7,000,000 can be made again without making the 7,000,000 before: that is what keeps memory flat.
 */
import { must } from "../../kernel/index.ts";

const TWO_POW_32 = 4_294_967_296;

/** One step of the murmur3 finaliser: spreads neighbouring numbers over all 32 bits. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** A stream of random numbers: sfc32 (Doty-Humphrey, PractRand), period at least 2^32. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param path seed first, then what the stream is for; every number is taken modulo 2^32 */
  constructor(...path: readonly number[]) {
    let a = 0x9e3779b9 | 0;
    let b = 0x243f6a88 | 0;
    for (const part of path) {
      a = mix(a ^ part);
      b = mix(b + a + Math.trunc(part / TWO_POW_32));
    }
    this.#a = a;
    this.#b = b;
    this.#c = mix(a + 0x6a09e667);
    for (let round = 0; round < 12; round += 1) {
      this.uint32();
    }
  }

  /** A whole number in 0 … 2^32 - 1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.uint32() / TWO_POW_32;
  }

  /** A whole number in `from` … `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** True with probability `share`. */
  chance(share: number): boolean {
    return this.unit() < share;
  }

  /** One element, each as likely as the others. The list must not be empty. */
  pick<T>(list: readonly T[]): T {
    return must(list[Math.floor(this.unit() * list.length)], "lists to pick from are not empty");
  }

  /** The standard normal distribution (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return radius * Math.cos(2 * Math.PI * this.unit());
  }

  /** exp(N(mu, sigma)): what amounts of money look like. */
  logNormal(mu: number, sigma: number): number {
    return Math.exp(mu + sigma * this.normal());
  }

  /** The gamma distribution with scale 1 (Marsaglia and Tsang 2000; boosted below shape 1). */
  gamma(shape: number): number {
    if (shape < 1) {
      return this.gamma(shape + 1) * (1 - this.unit()) ** (1 / shape);
    }
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
        return d * v;
      }
    }
  }

  /** The Poisson distribution: multiplication (Knuth) up to a mean of 30, the normal limit above. */
  poisson(mean: number): number {
    if (mean > 30) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    }
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > floor; product *= this.unit()) {
      count += 1;
    }
    return count;
  }

  /**
   * Counts per customer: Poisson with a gamma-distributed rate (Ehrenberg 1959).
   * @param size smaller means more customers with nothing and a few with very much
   */
  negativeBinomial(mean: number, size: number): number {
    return this.poisson((this.gamma(size) * mean) / size);
  }
}

/** A list whose elements are drawn with given weights, by binary search over the running sums. */
export class Weighted<T> {
  readonly items: readonly T[];
  readonly #sums: Float64Array;

  constructor(items: readonly T[], weightOf: (item: T, rank: number) => number) {
    this.items = items;
    this.#sums = new Float64Array(items.length);
    let sum = 0;
    items.forEach((item, rank) => {
      sum += weightOf(item, rank);
      this.#sums[rank] = sum;
    });
  }

  /** A list in order of frequency: the weight falls with the rank as names do (Zipf–Mandelbrot). */
  static byRank<T>(items: readonly T[]): Weighted<T> {
    return new Weighted(items, (_, rank) => 1 / (rank + 3) ** 0.9);
  }

  pick(random: Random): T {
    const total = this.#sums[this.#sums.length - 1] ?? 0;
    const index = searchSums(this.#sums, random.unit() * total);
    return must(this.items[index], "lists to pick from are not empty");
  }
}

/** The first index whose running sum exceeds `target`; the last index when none does. */
export function searchSums(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > target) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
