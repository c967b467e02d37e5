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

/** What was measured, and what it must reach: nothing where nothing was stated for what is measured. */
export interface Measurement extends Pick<
  Figure,
  "name" | "value" | "unit" | "limitName" | "limit"
> {
  readonly target?: string | undefined;
  readonly holds?: ((value: number, ratio: number) => boolean) | undefined;
}

export function figure(measurement: Measurement): Figure {
  const { value, limit } = measurement;
  const ratio = value / limit;
  return {
    ...measurement,
    value: round(value),
    limit: round(limit),
    ratio: round(ratio),
    target: measurement.target ?? "for the reader",
    holds: measurement.holds?.(value, ratio) ?? true,
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

/** The value that so many in a hundred are not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * share) / 100) - 1] ?? Number.NaN;
}

/** Seconds that `work` takes, with its result. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
}

/** What every bench is told. */
export interface BenchOptions {
  /** Sizes to measure at, in rows. */
  readonly rows: readonly number[];
  readonly note: (text: string) => void;
}
