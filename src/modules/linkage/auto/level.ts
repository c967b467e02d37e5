/** Levels in few words, for the templates. */
import type { Condition } from "../model/condition.ts";
import type { Comparison, Level, Telling } from "../model/model.ts";
import { missing } from "./conditions.ts";

/**
 * Where training begins, and what an outcome that is never observed falls back to: the share of the same
 * pairs that have this outcome, and its weight in log2 odds. They are what such fields show in files of
 * every kind; a hundred pairs outweigh them.
 */
export interface Start {
  readonly share: number;
  readonly weight: number;
  /** Of what is personal: at least this share of the related have this outcome. */
  readonly related?: number | undefined;
  /** What the outcome says beside its weight. */
  readonly tells?: Telling | undefined;
}

/** Below one in a hundred thousand a value is as rare as it can be told. */
const RAREST = 1e-5;

export function level(
  name: string,
  when: Condition,
  start: Start & { readonly termFrequency?: string | undefined },
): Level {
  const { share, weight, termFrequency, related, tells } = start;
  return {
    name,
    when,
    isMissing: false,
    m: undefined,
    u: undefined,
    start: { m: share, weight, related },
    tells,
    termFrequency:
      termFrequency === undefined
        ? undefined
        : { column: termFrequency, weight: 1, minimum: RAREST },
  };
}

export function otherwise({ share, weight, tells }: Start): Level {
  return {
    name: "otherwise",
    when: "otherwise",
    isMissing: false,
    m: undefined,
    u: undefined,
    start: { m: share, weight },
    tells,
  };
}

/** A level that nothing can be said of: one side or the other has no value. */
export function silent(when: Condition): Level {
  return { name: "missing", when, isMissing: true, m: undefined, u: undefined };
}

/**
 * Marks what relatives agree on no more often than strangers do: what is of one person and not of a
 * household, as a given name or a date of birth. Without any mark, families become matches.
 */
export function personal(compared: Comparison): Comparison {
  return { ...compared, isPersonal: true };
}

/** A comparison of one column, silent where a side has no value. */
export function comparison(name: string, column: string, levels: readonly Level[]): Comparison {
  return { name, levels: [silent(missing(column)), ...levels] };
}
