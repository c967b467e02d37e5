/** Segments in force, as analysis looks them up. */
import { ConflictError, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";

/** A segment whose members are stored. */
export interface SegmentInForce {
  /** Its short id. */
  readonly segment: number;
  readonly name: string;
  readonly version: number;
  /** The bit of `_members`. */
  readonly slot: number;
  /** The dataset whose rows are the members. */
  readonly subject: string;
  readonly subjectId: number;
  readonly members: number;
}

interface KnownSegment extends Omit<SegmentInForce, "version" | "slot" | "members"> {
  readonly version: number | null;
  readonly slot: number | null;
  readonly members: bigint | null;
  readonly isArchived: boolean;
}

/**
 * The segments of these names, in this order; without names every segment in force, in that of theirs.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-filling` when one is not in force yet
 */
export async function selectInForce(
  tx: Transaction,
  names?: readonly string[],
): Promise<readonly SegmentInForce[]> {
  const known = await tx.rows<KnownSegment>(
    `select s.segment, s.name, v.version, v.slot, j.dataset as subject, v.subject as "subjectId", v.members,
            s.archived_at is not null as "isArchived"
       from _segments s
       left join _segment_versions v on v.segment = s.segment and v.version = s.version and v.state = 'live'
       left join _member_subjects j on j.subject = v.subject
      order by s.name`,
  );
  const byName = new Map(known.map((one) => [one.name, one]));
  const inForce = known.filter(({ isArchived, slot }) => !isArchived && slot !== null);
  return (names ?? inForce.map(({ name }) => name)).map((name) => keptOf(name, byName));
}

function keptOf(name: string, byName: ReadonlyMap<string, KnownSegment>): SegmentInForce {
  const found = byName.get(name);
  if (found === undefined || found.isArchived) {
    const hint = found === undefined ? undefined : "it is archived: ask for a past instant";
    throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(name)}`, {
      hint,
    });
  }
  const { version, slot, members } = found;
  if (version === null || slot === null || members === null) {
    const message = `segment ${JSON.stringify(name)} is being filled for the first time`;
    throw new ConflictError("segment-filling", message, { hint: "ask again when it is in force" });
  }
  return { ...found, version, slot, members: Number(members) };
}
