/** A store of the composition root: the overview spans modules, and reads their counts in one snapshot. */
import { must } from "../../../kernel/index.ts";
import type { JobState } from "../../../platform/jobs/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";

/** An intake without its file's name, which may be a person's. */
export interface IntakeFigures {
  readonly intake: bigint;
  readonly dataset: string;
  readonly source: string;
  readonly state: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly read: bigint;
  readonly accepted: bigint;
  readonly changed: bigint;
  readonly unchanged: bigint;
  readonly quarantined: bigint;
}

const INTAKE = `i.intake, i.dataset, s.name as source, i.state, i.started_at as "startedAt",
  i.finished_at as "finishedAt", i.read, i.accepted, i.changed, i.unchanged, i.quarantined`;

/** The newest intakes first. */
export async function selectLastIntakes(tx: Transaction, limit: number): Promise<IntakeFigures[]> {
  return await tx.rows<IntakeFigures>(
    `select ${INTAKE} from _intakes i join _sources s on s.source = i.source
      order by i.intake desc limit $1`,
    [limit],
  );
}

/** Every intake that waits for a decision, the longest waiting first. */
export async function selectHeldIntakes(tx: Transaction): Promise<IntakeFigures[]> {
  return await tx.rows<IntakeFigures>(
    `select ${INTAKE} from _intakes i join _sources s on s.source = i.source
      where i.state = 'held' order by i.intake`,
  );
}

/** How many rows wait in quarantine. A row with two faults is one row. */
export async function countQuarantined(tx: Transaction): Promise<bigint> {
  const row = await tx.row<{ rows: bigint }>(
    "select count(*) as rows from _quarantine where state = 'open'",
  );
  return row.rows;
}

/** Rows in quarantine with the same fault. */
export interface QuarantineReason {
  readonly dataset: string;
  readonly rule: string;
  readonly field: string | null;
  readonly rows: bigint;
}

/** Why rows wait in quarantine, the commonest reason first. */
export async function selectQuarantineReasons(
  tx: Transaction,
  limit: number,
): Promise<QuarantineReason[]> {
  return await tx.rows<QuarantineReason>(
    `select i.dataset, issue ->> 'rule' as rule, issue ->> 'field' as field, count(*) as rows
       from _quarantine q
       join _intakes i on i.intake = q.intake
      cross join lateral jsonb_array_elements(q.issues) issue
      where q.state = 'open'
      group by i.dataset, rule, field
      order by rows desc, i.dataset, rule, field
      limit $1`,
    [limit],
  );
}

/** The newest delivery of a route. */
export interface LastDelivery {
  readonly route: string;
  readonly delivery: bigint;
  readonly state: string;
  readonly startedAt: Date;
  readonly records: bigint | null;
}

export async function selectLastDeliveries(tx: Transaction): Promise<LastDelivery[]> {
  return await tx.rows<LastDelivery>(
    `select distinct on (route) route, delivery, state, started_at as "startedAt", records
       from _deliveries order by route, delivery desc`,
  );
}

/** A segment whose membership is kept, or will be. */
export interface KeptSegment {
  readonly segment: string;
  /** The dataset its members are rows of. */
  readonly of: string;
  /** Of the version in force; null before the first is filled. */
  readonly members: bigint | null;
  /** A version is being filled. */
  readonly isFilling: boolean;
}

/** The segments that are followed, by name. Nothing is evaluated: the counts are kept with the members. */
export async function selectKeptSegments(tx: Transaction): Promise<KeptSegment[]> {
  return await tx.rows<KeptSegment>(
    `select s.name as segment, min(j.dataset) as of,
            min(v.members) filter (where v.state = 'live') as members, bool_or(v.state = 'filling') as "isFilling"
       from _segments s
       join _segment_versions v on v.segment = s.segment
       join _member_subjects j on j.subject = v.subject
      where v.state in ('filling', 'live')
      group by s.name
      order by s.name`,
  );
}

/** How many jobs are in each state. */
export type JobCounts = Readonly<Record<JobState, number>>;

/** @param tx a transaction on the control plane */
export async function countJobs(tx: Transaction): Promise<JobCounts> {
  const rows = await tx.rows<{ state: JobState; jobs: bigint }>(
    "select state, count(*) as jobs from job_runs group by state",
  );
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const { state, jobs } of rows) {
    counts[state] = Number(jobs);
  }
  return counts;
}

/** The version of the database server; proves at once that it answers. */
export async function serverVersion(tx: Transaction): Promise<string> {
  const { version } = await tx.row<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  return must(version.split(" ")[0], "splitting gives at least one part");
}
