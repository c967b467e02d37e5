/** Whether two distributions differ by more than chance, and by how much. */

/** Pearson's chi-squared test of independence, with the strength of the association. */
export interface Significance {
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
  /** How likely so great a difference would be if there were none: 0 to 1. */
  readonly pValue: number;
  /**
   * Cramér's V, 0 (none) to 1 (the one tells the other), corrected for the bias of small numbers
   * (Bergsma, A bias-correction for Cramér's V and Tschuprow's T, 2013). Unlike the p-value it does not
   * grow with the number of members.
   */
  readonly cramersV: number;
}

/**
 * Compares how many of two groups are in each of some categories (Pearson, 1900). Categories that nobody
 * is in do not count. Chance is judged by the chi-squared distribution, which is rough where fewer than
 * five are expected in a category.
 */
export function significanceOf(
  categories: readonly { readonly inside: number; readonly outside: number }[],
): Significance {
  const used = categories.filter(({ inside, outside }) => inside + outside > 0);
  const inside = used.reduce((sum, one) => sum + one.inside, 0);
  const outside = used.reduce((sum, one) => sum + one.outside, 0);
  const all = inside + outside;
  if (used.length < 2 || inside === 0 || outside === 0) {
    return { chiSquared: 0, degreesOfFreedom: 0, pValue: 1, cramersV: 0 };
  }
  let chiSquared = 0;
  for (const one of used) {
    const both = one.inside + one.outside;
    const [expectedInside, expectedOutside] = [(both * inside) / all, (both * outside) / all];
    chiSquared +=
      (one.inside - expectedInside) ** 2 / expectedInside +
      (one.outside - expectedOutside) ** 2 / expectedOutside;
  }
  const degreesOfFreedom = used.length - 1;
  return {
    chiSquared,
    degreesOfFreedom,
    pValue: upperGamma(degreesOfFreedom / 2, chiSquared / 2),
    cramersV: correctedV(chiSquared / all, { categories: used.length, all }),
  };
}

/** For a table of two rows, inside and outside. */
function correctedV(
  phiSquared: number,
  { categories, all }: { readonly categories: number; readonly all: number },
): number {
  const bias = (categories - 1) / (all - 1);
  const rows = 2 - 1 / (all - 1);
  const columns = categories - (categories - 1) ** 2 / (all - 1);
  const least = Math.min(rows - 1, columns - 1);
  return least <= 0 ? 0 : Math.min(1, Math.sqrt(Math.max(0, phiSquared - bias) / least));
}

const PRECISION = 1e-15;
const MOST_TERMS = 10_000;
/** Stands for a zero that would be divided by. */
const TINY = 1e-300;

/**
 * The regularised upper incomplete gamma function Q(a, x): the chance that a chi-squared variable of 2a
 * degrees of freedom exceeds 2x. By its series below a + 1 and by its continued fraction, evaluated by
 * Lentz's method, above (Press et al., Numerical Recipes, 3rd edition, section 6.2).
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) {
    return 1;
  }
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? Math.max(0, 1 - scale * lowerSeries(a, x)) : scale * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / nonZero(an * d + b);
    c = nonZero(b + an / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) {
      break;
    }
  }
  return fraction;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Lanczos' approximation with g = 7 and nine terms (Godfrey, 2001): 15 digits. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0; below 1 by Γ(x) = Γ(x + 1) / x. */
function logGamma(x: number): number {
  if (x < 1) {
    return logGamma(x + 1) - Math.log(x);
  }
  const base = x + 6.5;
  const sum = LANCZOS.reduce((total, term, n) => total + (n === 0 ? term : term / (x + n - 1)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}
