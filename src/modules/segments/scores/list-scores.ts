import { readDefinitions } from "../../contracts/index.ts";
import type { SegmentClient } from "../segments.ts";
import { selectNewestRuns, type ScoreRun } from "../store/scores.ts";
import { scoreSchema, type ScoreDefinition } from "./definition.ts";
import { intervalMs } from "./score.ts";

/** A score in force, and when its places were last calculated. */
export interface ScoreSummary extends ScoreDefinition {
  readonly version: number;
  /** The newest calculation, which may be of an earlier version; undefined: it was never calculated. */
  readonly run: ScoreRun | undefined;
  /** From when on it is calculated anew; undefined: at once. */
  readonly dueAt: Date | undefined;
}

/** Every score in force, in the order of the names. */
export async function listScores({ db, scope }: SegmentClient): Promise<readonly ScoreSummary[]> {
  return await db.scoped(
    scope,
    async (tx) => {
      const stored = await readDefinitions(tx, "score");
      const runs = new Map((await selectNewestRuns(tx)).map((run) => [run.score, run]));
      return stored.map((definition): ScoreSummary => {
        const { version, body } = definition;
        const run = runs.get(definition.name);
        const dueAt =
          run?.version === version
            ? new Date(run.scoredAt.getTime() + intervalMs(definition))
            : undefined;
        return { ...scoreSchema.parse(body), version, run, dueAt };
      });
    },
    { readOnly: true, isolation: "repeatable read" },
  );
}
