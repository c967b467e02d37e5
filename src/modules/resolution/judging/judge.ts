/**
 * What persons say: of a pair, of a whole customer, of two customers; and taking it back. Each act is
 * written to the log and carried out at once, in one transaction, for those whom it reaches.
 */
import {
  type Clock,
  InvalidInputError,
  must,
  NotFoundError,
  RefusedError,
} from "../../../kernel/index.ts";
import type { Database } from "../../../platform/postgres/index.ts";
import type { Subjects } from "../../ledger/index.ts";
import type { Client } from "../../contracts/index.ts";
import { recordsOfGolden } from "../../customers/index.ts";
import { settleAround } from "../incremental/settle-around.ts";
import { orderedPair, type Standing, type Verdict } from "../judgement/judgement.ts";
import type { LinkSession } from "../linking/session.ts";
import { applySettlement } from "../run/apply.ts";
import { type ResolutionReport } from "../run/report.ts";
import { requireSession } from "../linking/open-session.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import { inRun } from "../run/transaction.ts";
import { reportOf } from "../run/tally.ts";
import { tellJudgement } from "../run/told.ts";
import type { Pair } from "../settlement/closure.ts";
import { appendJudgements, standingOf } from "../store/judgements.ts";

/** Who acts, when and why. */
export interface Act {
  /** The person. */
  readonly by: string;
  readonly clock: Clock;
  /** In the person's words; never a value of a record. */
  readonly reason?: string | undefined;
  /** Default: the customers. */
  readonly dataset?: string | undefined;
  /** How the ledger names customers: it is told of every act. */
  readonly subjects: Subjects;
}

/** More pairs than this are no judgement of a person. */
const MOST_PAIRS = 20_000;

/**
 * Judges two source records. It holds against every model and rule until it is taken back, or a person
 * says otherwise later.
 * @throws NotFoundError `record-not-found` when one of them does not exist
 * @throws ConflictError `never-resolved` before the first run
 */
export async function judge(
  db: Database,
  client: Client,
  act: Act & Pair & { readonly verdict: Verdict },
): Promise<ResolutionReport> {
  if (act.left === act.right) {
    throw new InvalidInputError("same-record", "a record cannot be judged against itself", [], {
      hint: "name two source records",
    });
  }
  return await inSession({ db, client, act }, async (session) => {
    await session.shelf.fetch([act.left, act.right]);
    const missing = [act.left, act.right].find((record) => !session.shelf.has(record));
    if (missing !== undefined) {
      throw new NotFoundError("record-not-found", `there is no source record ${missing}`, {
        hint: "waybill customer show lists the records of a customer",
      });
    }
    return [{ ...orderedPair(act.left, act.right), verdict: act.verdict, who: act.by }];
  });
}

/**
 * Takes back what the person said of a pair. What was said before by others, rules or the model holds again.
 * @throws NotFoundError `no-judgement` when nothing of hers stands on it
 */
export async function undoJudgement(
  db: Database,
  client: Client,
  act: Act & Pair,
): Promise<ResolutionReport> {
  return await inSession({ db, client, act }, async ({ tx }) => {
    const pair = orderedPair(act.left, act.right);
    const own = await standingBy(tx, act.by, [pair.left]);
    const found = own.filter(({ left, right }) => left === pair.left && right === pair.right);
    return takenBack(found, act);
  });
}

/**
 * Takes back everything that the person said in one act, such as an unmerge.
 * @param act.of a pair of the act
 */
export async function undoAct(
  db: Database,
  client: Client,
  act: Act & { readonly of: Pair },
): Promise<ResolutionReport> {
  return await inSession({ db, client, act }, async ({ tx }) => {
    const { left, right } = orderedPair(act.of.left, act.of.right);
    const near = await standingBy(tx, act.by, [left, right]);
    const one = near.find((entry) => entry.left === left && entry.right === right);
    const reached = await standingBy(
      tx,
      act.by,
      near.flatMap((entry) => [entry.left, entry.right]),
    );
    const same = reached.filter((entry) => entry.at.getTime() === one?.at.getTime());
    return takenBack(same, act);
  });
}

async function standingBy(
  tx: LinkSession["tx"],
  by: string,
  records: readonly bigint[],
): Promise<Standing[]> {
  const standing = await standingOf(tx, records);
  return standing.filter(({ judge, who }) => judge === "person" && who === by);
}

function takenBack(entries: readonly Standing[], { by }: Act): Said[] {
  if (entries.length === 0) {
    throw new NotFoundError("no-judgement", `${by} has no judgement that stands on this pair`, {
      hint: "only who judged can take it back; judge it otherwise instead",
    });
  }
  return entries.map(({ left, right }) => ({ left, right, verdict: null, who: by }));
}

/**
 * Parts a customer: the given records from its others, or all records from each other when none are
 * given. They stay apart in every later run.
 * @throws NotFoundError `customer-not-found`, or `record-not-of-customer` with the record
 * @throws RefusedError `too-many-pairs` when the customer is too large to be parted record by record
 */
export async function unmerge(
  db: Database,
  client: Client,
  act: Act & { readonly customer: bigint; readonly records?: readonly bigint[] | undefined },
): Promise<ResolutionReport> {
  return await inSession({ db, client, act }, async ({ tx, dataset }) => {
    const members = (await recordsOfGolden(tx, dataset, [act.customer])).map(
      ({ record }) => record,
    );
    const given = new Set(act.records ?? []);
    refuseStrangers(act.customer, members, given);
    const rest = members.filter((record) => !given.has(record));
    const pairs =
      given.size > 0
        ? [...given].flatMap((one) => rest.map((other) => orderedPair(one, other)))
        : members.flatMap((one, index) =>
            members
              .slice(index + 1, index + 1 + MOST_PAIRS)
              .map((other) => orderedPair(one, other)),
          );
    if (pairs.length > MOST_PAIRS) {
      throw new RefusedError(
        "too-many-pairs",
        `customer ${act.customer} has ${members.length} records: too many to part from each other one by one`,
        [],
        { hint: "name the records that do not belong to the others" },
      );
    }
    return pairs.map((pair) => ({ ...pair, verdict: "different", who: act.by }));
  });
}

function refuseStrangers(
  customer: bigint,
  members: readonly bigint[],
  given: ReadonlySet<bigint>,
): void {
  if (members.length === 0) {
    throw new NotFoundError("customer-not-found", `there is no customer ${customer}`, {
      hint: "it may have been merged into another; waybill customer show says into which",
    });
  }
  const stranger = [...given].find((record) => !members.includes(record));
  if (stranger !== undefined) {
    throw new NotFoundError(
      "record-not-of-customer",
      `record ${stranger} does not belong to customer ${customer}`,
      { hint: `its records are ${members.slice(0, 8).join(", ")}` },
    );
  }
}

/**
 * Merges two customers. What persons said before that keeps them apart is overruled by this, record by
 * record, and named in the log.
 * @throws NotFoundError `customer-not-found`
 */
export async function mergeCustomers(
  db: Database,
  client: Client,
  act: Act & { readonly customers: readonly [bigint, bigint] },
): Promise<ResolutionReport> {
  const [one, other] = act.customers;
  if (one === other) {
    throw new InvalidInputError("same-customer", "a customer cannot be merged with itself", [], {
      hint: "name two customers",
    });
  }
  return await inSession({ db, client, act }, async ({ tx, dataset }) => {
    const members = await recordsOfGolden(tx, dataset, act.customers);
    const ofOne = members.filter(({ id }) => id === one).map(({ record }) => record);
    const ofOther = members.filter(({ id }) => id === other).map(({ record }) => record);
    refuseStrangers(one, ofOne, new Set());
    refuseStrangers(other, ofOther, new Set());
    // One pair between the two would let that record go over and leave the others where they are.
    const [first, ...others] = [...ofOne, ...ofOther];
    const star = others.map((record) => orderedPair(must(first, "customers have records"), record));
    const kept = (await standingOf(tx, ofOne)).filter(
      ({ left, right, judge, verdict }) =>
        judge === "person" &&
        verdict === "different" &&
        (ofOther.includes(left) || ofOther.includes(right)),
    );
    const pairs = [...star, ...kept.map(({ left, right }) => ({ left, right }))];
    const each = new Map(pairs.map((pair) => [`${pair.left}-${pair.right}`, pair]));
    return [...each.values()].map((pair) => ({ ...pair, verdict: "same", who: act.by }));
  });
}

/** What a person says of a pair. */
interface Said extends Pair {
  readonly verdict: Verdict | null;
  readonly who: string;
}

async function inSession(
  { db, client, act }: { readonly db: Database; readonly client: Client; readonly act: Act },
  decide: (session: LinkSession) => Promise<readonly Said[]>,
): Promise<ResolutionReport> {
  return await inRun({ db, client }, {}, async (tx) => {
    const session = await requireSession(tx, client, entityDataset(client, act.dataset));
    return await carryOut(session, act, await decide(session));
  });
}

async function carryOut(
  session: LinkSession,
  { by, clock, reason, subjects }: Act,
  said: readonly Said[],
): Promise<ResolutionReport> {
  const { tx, catalogue, dataset, linker } = session;
  const at = clock.now();
  const rest = { judge: "person", model: null, foundBy: null, weight: null } as const;
  const entries = said.map((each) => ({ ...each, ...rest, reason: reason ?? null }));
  await appendJudgements(tx, { dataset: dataset.name, at }, entries);
  const records = [...new Set(said.flatMap(({ left, right }) => [left, right]))];
  const around = await settleAround(session, { records: [], evidence: [] }, records);
  const acting = { dataset: dataset.name, at, actor: by };
  await tellJudgement(tx, acting, {
    subjects,
    customers: holdersOf(records, around.current),
    verdict: said[0]?.verdict ?? null,
    pairs: said.length,
  });
  const application = {
    tx,
    catalogue,
    dataset,
    actor: by,
    at,
    reason: reason ?? "judged",
    cause: { scope: "judgement", model: linker.number } as const,
  };
  const regrouped = await applySettlement(application, around.settlement, around.current);
  const about = {
    dataset: dataset.name,
    model: linker.number,
    scope: "changed",
    records: records.length,
  } as const;
  return reportOf(about, { ...around, limits: linker.limits, regrouped });
}

/** The customers that records belong to. */
function holdersOf(
  records: readonly bigint[],
  current: ReadonlyMap<bigint, bigint>,
): readonly bigint[] {
  const holders = records.map((record) => current.get(record));
  return [...new Set(holders.filter((holder) => holder !== undefined))];
}
