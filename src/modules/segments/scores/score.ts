import type { Catalogue, StoredDefinition } from "../../contracts/index.ts";
import { parseCriteria, parseNumber, parseSpan, type AskedNumber } from "../../criteria/index.ts";
import { assert } from "../../../kernel/index.ts";
import { scoreSchema, type ScoreDefinition } from "./definition.ts";

/** A score in force, read against the contract. */
export interface Score {
  readonly name: string;
  readonly version: number;
  readonly number: AskedNumber;
  readonly buckets: number;
  readonly best: ScoreDefinition["best"];
}

/**
 * Reads a score's texts.
 * @throws InvalidInputError `criteria-invalid` when they do not fit the contract
 */
export function scoreOf({ name, version, body }: StoredDefinition, catalogue: Catalogue): Score {
  const { of, among, buckets, best } = scoreSchema.parse(body);
  const number = {
    value: parseNumber(of, catalogue),
    among: among === undefined ? undefined : parseCriteria(among, catalogue),
  };
  return { name, version, number, buckets, best };
}

/** How long a calculation of the score is good for, in milliseconds. */
export function intervalMs({ body }: StoredDefinition): number {
  const span = parseSpan(scoreSchema.parse(body).every);
  assert(span?.kind === "fixed", () => "the interval of a score is checked when it is applied");
  return span.ms;
}
