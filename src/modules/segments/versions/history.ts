import { NotFoundError } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { selectSwitchCounts } from "../store/switches.ts";
import { selectDefinitionVersions, type DefinitionVersion } from "../store/definitions.ts";
import { selectVersionsOf, type VersionState } from "../store/versions.ts";

/**
 * Why a version is there:
 * - definition: its text is not that of the one before it
 * - follows: the text stays, and what it means changed: a segment inside it, or the contract's time zone
 * - removed: the segment was removed
 */
export type VersionCause = "definition" | "follows" | "removed";

/** One version of a segment's definition. */
export interface SegmentVersion {
  readonly version: number;
  readonly cause: VersionCause;
  readonly appliedAt: Date;
  readonly appliedBy: string;
  /**
   * What became of its membership. Undefined: it never had one of its own, since it selects like the
   * version before it, or is not taken up yet.
   */
  readonly state: VersionState | undefined;
  readonly inForce: boolean;
  readonly switchedAt: Date | undefined;
  /** Its members; undefined when they are no longer counted. */
  readonly members: bigint | undefined;
  /** Whom its coming into force moved; undefined when it took the place of none. */
  readonly entered: number | undefined;
  readonly left: number | undefined;
  /** Why it is refused. */
  readonly failure: string | undefined;
}

/**
 * Every version of a segment, newest first; also of one that was removed.
 * @throws NotFoundError `segment-not-found`
 */
export async function segmentVersions(
  { db, scope }: SegmentClient,
  segment: string,
): Promise<readonly SegmentVersion[]> {
  return await db.scoped(
    scope,
    async (tx) => {
      const definitions = await selectDefinitionVersions(tx, segment);
      if (definitions.length === 0) {
        throw new NotFoundError("segment-not-found", `there never was a segment ${segment}`);
      }
      const kept = new Map((await selectVersionsOf(tx, segment)).map((one) => [one.version, one]));
      const moved = new Map(
        (await selectSwitchCounts(tx, segment)).map((one) => [one.version, one]),
      );
      return definitions.map((definition, index): SegmentVersion => {
        const { version, appliedAt, appliedBy } = definition;
        const own = kept.get(version);
        const isCounted = own?.state === "live" || own?.state === "filling";
        return {
          version,
          cause: causeOf(definition, definitions[index + 1]),
          appliedAt,
          appliedBy,
          state: own?.state,
          inForce: own?.inForce ?? false,
          switchedAt: own?.switchedAt ?? undefined,
          members: isCounted ? own.members : undefined,
          entered: moved.get(version)?.entered,
          left: moved.get(version)?.left,
          failure: own?.failure ?? undefined,
        };
      });
    },
    { readOnly: true, isolation: "repeatable read" },
  );
}

function causeOf(
  { body, sha256 }: DefinitionVersion,
  before: DefinitionVersion | undefined,
): VersionCause {
  if (body === null) {
    return "removed";
  }
  return before?.body !== null && before?.sha256 === sha256 ? "follows" : "definition";
}
