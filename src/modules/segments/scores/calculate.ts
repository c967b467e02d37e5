/**
 * Scores: everybody's place among the others by a number. Places depend on all customers, so they are
 * calculated for all at once, from time to time, and stay until the next calculation; segments see them
 * like fields.
 */
import { must, NotFoundError, type Clock } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset, readDefinitions } from "../../contracts/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  calculatePlaces,
  insertScoreRun,
  lockScores,
  readDifferences,
  selectNewestRuns,
  selectShape,
  writeScores,
  type ScoreRun,
} from "../store/scores.ts";
import { intervalMs, scoreOf, type Score } from "./score.ts";

/** So many differences are written at a time: about 20 ms, in which nobody else can write the change log. */
const BATCH = 1_000;

export interface CalculateOptions {
  readonly clock: Clock;
  /** Which scores; undefined: all in force, and what is left of those that were removed. */
  readonly names?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calculates scores, and notes in the change log whose bucket changed. One scan for all of them; only
 * what differs is written, in short transactions, so that a calculation that was interrupted is finished
 * by the next. One calculation at a time; another waits.
 * @throws NotFoundError `score-not-found`
 * @throws InvalidInputError when a score does not fit the contract
 */
export async function calculateScores(
  client: SegmentClient,
  { clock, names, signal }: CalculateOptions,
): Promise<readonly ScoreRun[]> {
  const { db, scope } = client;
  return await db.scoped(
    scope,
    async (tx) => {
      await lockScores(tx);
      const work = await workOf(tx, client, names);
      return await calculate(tx, { client, work, at: clock.now(), signal });
    },
    { statementTimeoutMs: 0, lockTimeoutMs: 0, signal },
  );
}

/**
 * The scores that are to be calculated: never yet, not in their newest version, or too long ago; and
 * those that were removed and still have places to take away.
 */
export async function dueScores(client: SegmentClient, now: Date): Promise<readonly string[]> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const stored = await readDefinitions(tx, "score");
      const runs = new Map((await selectNewestRuns(tx)).map((run) => [run.score, run]));
      const isDue = (one: (typeof stored)[number]): boolean => {
        const run = runs.get(one.name);
        return (
          run === undefined ||
          run.version !== one.version ||
          run.scoredAt.getTime() + intervalMs(one) <= now.getTime()
        );
      };
      const inForce = new Set(stored.map(({ name }) => name));
      const removed = [...runs.values()].filter(
        ({ score, customers }) => customers > 0n && !inForce.has(score),
      );
      return [
        ...stored.filter(isDue).map(({ name }) => name),
        ...removed.map(({ score }) => score),
      ];
    },
    { readOnly: true },
  );
}

/** What to calculate: `removed` are not in force any more, with the version they had. */
interface Work {
  readonly scores: readonly Score[];
  readonly removed: readonly Pick<Score, "name" | "version" | "best">[];
}

async function workOf(
  tx: Transaction,
  { catalogue }: SegmentClient,
  names: readonly string[] | undefined,
): Promise<Work> {
  const stored = await readDefinitions(tx, "score");
  const runs = await selectNewestRuns(tx);
  const inForce = new Set(stored.map(({ name }) => name));
  const gone = runs.filter(({ score, customers }) => !inForce.has(score) && customers > 0n);
  const known = new Set([...inForce, ...runs.map(({ score }) => score)]);
  const unknown = names?.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new NotFoundError("score-not-found", `there is no score ${JSON.stringify(unknown)}`, {
      hint: known.size === 0 ? undefined : `there are ${[...known].join(", ")}`,
    });
  }
  const isAsked = (name: string): boolean => names === undefined || names.includes(name);
  return {
    scores: stored.filter(({ name }) => isAsked(name)).map((one) => scoreOf(one, catalogue)),
    removed: gone
      .filter(({ score }) => isAsked(score))
      .map(({ score, version }) => ({ name: score, version, best: "highest" })),
  };
}

interface Calculation {
  readonly client: SegmentClient;
  readonly work: Work;
  readonly at: Date;
  readonly signal: AbortSignal | undefined;
}

async function calculate(
  tx: Transaction,
  { client, work, at, signal }: Calculation,
): Promise<readonly ScoreRun[]> {
  const { db, scope, catalogue } = client;
  const all = [...work.scores, ...work.removed];
  if (all.length === 0) {
    return [];
  }
  const customers = must(customerDataset(catalogue), "scores are of customers").name;
  await calculatePlaces(tx, work.scores, { catalogue, asOf: at });
  const changed = new Map<string, bigint>();
  const names = all.map(({ name }) => name);
  for await (const differences of readDifferences(tx, names, BATCH)) {
    const counts = await db.scoped(
      scope,
      (writing) => writeScores(writing, differences, { customers, at }),
      { signal },
    );
    for (const { score, count } of counts) {
      changed.set(score, (changed.get(score) ?? 0n) + count);
    }
  }
  const runs: ScoreRun[] = [];
  for (const one of all) {
    const shape = await selectShape(tx, one);
    const { name: score, version } = one;
    runs.push({ score, version, scoredAt: at, changed: changed.get(score) ?? 0n, ...shape });
  }
  // In the transaction that holds the turn: a calculation that is cut off was none.
  for (const run of runs) {
    await insertScoreRun(tx, run);
  }
  return runs;
}
