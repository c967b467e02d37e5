/**
 * A measured figure beside its limit or peer from the same run. Machines differ and are noisy, so what
 * counts is the ratio; the figure itself is printed for the reader.
 */
export interface Figure {
  /** For example `intake.telecom.1000000`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limitName: string;
  readonly limit: number;
  /** `value / limit`. */
  readonly ratio: number;
  /** What the figure must reach, in words. */
  readonly target: string;
  readonly holds: boolean;
}

/** Whether a figure reaches its target, from the figure and its limit. */
export type Target = {
  readonly words: string;
  readonly holds: (value: number, ratio: number) => boolean;
};

export function figure(
  name: string,
  measured: { readonly value: number; readonly unit: string },
  limit: { readonly name: string; readonly value: number },
  target: Target,
): Figure {
  const ratio = measured.value / limit.value;
  return {
    name,
    value: round(measured.value),
    unit: measured.unit,
    limitName: limit.name,
    limit: round(limit.value),
    ratio: round(ratio),
    target: target.words,
    holds: target.holds(measured.value, ratio),
  };
}

/** Three significant digits below 1,000, whole numbers above: more would be noise. */
function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Seconds that `work` takes, with its result. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
}
