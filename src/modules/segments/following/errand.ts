/** What a batch is about: changes, whom they reach, and which slots these can change in. Nothing is written. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import { countFollowed, estimateRows, readFollowed } from "../store/following.ts";
import type { FollowPlan } from "./plan.ts";
import { addChange, countTouched, nothingTouched, type Touched } from "./touched.ts";
import { reachOn, type SubjectWork, workOf } from "./work.ts";

/** How much a batch is about. */
export interface BatchSize {
  /** Most rows that are touched, and most members that are due; the last page may bring some more. */
  readonly members: number;
  /** Most changes: one row can have changed very often. */
  readonly changes: number;
  /** Changes that are read at once. */
  readonly page: number;
}

/** Some tenths of a second, for which others who write memberships wait. */
export const USUAL_SIZE: BatchSize = { members: 2_000, changes: 20_000, page: 2_000 };

/** So much more changed than a batch takes, and a scan of everybody is quicker than following. */
const SCAN_SHARE = 0.1;
const SCAN_LEAST = 50_000;

/** A part of the change log, and how much of it is taken. */
export interface Stretch {
  /** Changes after this one, */
  readonly after: bigint;
  /** up to this one. */
  readonly upTo: bigint;
  readonly size: BatchSize;
}

/** Some changes, and what follows from them. */
export interface Errand {
  readonly changes: number;
  /** The newest change that was taken. */
  readonly cursor: bigint;
  /** More are left. */
  readonly isLarge: boolean;
  /** By subject of the plan. */
  readonly work: readonly SubjectWork[];
  /** Members for later batches, where one change reaches very many, as that of a large account. */
  readonly putOff: readonly PutOff[];
}

interface PutOff {
  readonly subject: number;
  readonly members: readonly bigint[];
}

/** Takes changes from the beginning of a stretch, and finds whom they reach. */
export async function takeErrand(
  tx: Transaction,
  plan: FollowPlan,
  stretch: Stretch,
): Promise<Errand> {
  const { touched, ...taken } = await takeChanges(tx, plan, stretch);
  const reached = await reachOn(tx, plan, { touched, after: stretch.after });
  const work = workOf(plan, reached);
  const putOff = work.flatMap((each) => takeOut(each, 2 * stretch.size.members));
  return { ...taken, work, putOff };
}

interface Taken extends Pick<Errand, "changes" | "cursor" | "isLarge"> {
  readonly touched: Touched;
}

/** However often one row changes, it is touched once: so changes are taken until enough rows are. */
async function takeChanges(
  tx: Transaction,
  plan: FollowPlan,
  { after, upTo, size }: Stretch,
): Promise<Taken> {
  const touched = nothingTouched(plan.watched);
  const customers = customerDataset(plan.catalogue)?.name ?? "";
  let cursor = after;
  let changes = 0;
  while (cursor < upTo && changes < size.changes && countTouched(touched) < size.members) {
    const entries = await readFollowed(tx, { after: cursor, upTo, limit: size.page });
    for (const entry of entries) {
      addChange(touched, entry, customers);
    }
    changes += entries.length;
    cursor = entries.length < size.page ? upTo : (entries.at(-1)?.change ?? upTo);
  }
  return { touched, changes, cursor, isLarge: cursor < upTo };
}

/** Takes those who are too many out of the work. */
function takeOut({ plan, members }: SubjectWork, most: number): PutOff[] {
  const later = [...members.keys()].slice(most);
  later.forEach((member) => members.delete(member));
  return later.length === 0 ? [] : [{ subject: plan.subject, members: later }];
}

/** How many changes were behind when somebody counted: there are no more than that and those after it. */
export interface CountedBehind {
  readonly count: number;
  readonly head: bigint;
}

/**
 * Whether so much is behind that everybody is better evaluated at once.
 * @param counted what was counted before, for counting takes a tenth of the time of a batch
 */
export async function isLeftToScan(
  tx: Transaction,
  { catalogue }: FollowPlan,
  {
    stretch: { after, upTo },
    counted,
  }: {
    readonly stretch: Pick<Stretch, "after" | "upTo">;
    readonly counted: CountedBehind | undefined;
  },
): Promise<{ readonly isLeft: boolean; readonly counted: CountedBehind | undefined }> {
  if (upTo - after < SCAN_LEAST) {
    return { isLeft: false, counted: undefined };
  }
  const customers = customerDataset(catalogue);
  const rows = customers === undefined ? 0 : await estimateRows(tx, customers.name);
  const most = Math.max(SCAN_LEAST, Math.floor(rows * SCAN_SHARE));
  if (counted !== undefined && counted.count + Number(upTo - counted.head) <= most) {
    return { isLeft: false, counted };
  }
  // Entries that are nothing to follow, as its own are, can be ten times as many as the others.
  const count = await countFollowed(tx, { after, upTo, limit: most + 1 });
  return { isLeft: count > most, counted: { count, head: upTo } };
}
