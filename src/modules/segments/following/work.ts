/** From what was touched to who is to be evaluated, and for which slots. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import {
  accountsOfCustomers,
  customersOfAccounts,
  eventsOfCustomers,
  namesakesOfAccounts,
  type Reached,
} from "../store/reach.ts";
import type { FollowPlan, PlannedSlot, SubjectPlan } from "./plan.ts";
import type { MoveReason } from "./store-decision.ts";
import { type Aspect, concerns, pinsAspect, touch, type Touched, type Touches } from "./touched.ts";

/** Members of one subject that can have another answer. */
export interface SubjectWork {
  readonly plan: SubjectPlan;
  readonly members: Map<bigint, MoveReason>;
  /** The slots that any of them can change in. */
  readonly slots: Set<PlannedSlot>;
}

/** Adds to what was touched the rows that are reached from it, as far as any slot asks about them. */
export async function reachOn(
  tx: Transaction,
  plan: FollowPlan,
  { touched, after }: { readonly touched: Touched; readonly after: bigint },
): Promise<Touched> {
  const { catalogue } = plan;
  const customers = customerDataset(catalogue);
  if (customers === undefined) {
    return touched;
  }
  const all = copyOf(touched);
  const rowsOf = (dataset: string): Touches => all.rows.get(dataset) ?? new Map();
  const people = rowsOf(customers.name);
  const account = customers.account?.dataset ?? "";
  const kinds = new Map(catalogue.datasets.map(({ name, kind }) => [name, kind]));
  // Only what was touched itself is gone on from: the people of an account are not all touched because
  // one of them was.
  const firms = new Map(rowsOf(account));
  const persons = new Map(people);
  if (
    plan.subjects.some(
      (subject) => kinds.get(subject.dataset) !== "account" && asksFor(subject, "accounts"),
    )
  ) {
    const reached = await customersOfAccounts(tx, catalogue, { rows: [...firms.keys()], after });
    spread(reached, firms, people);
  }
  for (const subject of plan.subjects) {
    const kind = kinds.get(subject.dataset);
    if (kind === "account" && subject.dataset === account && asksFor(subject, "customers")) {
      const origin = { rows: concernedRows(persons, subject), after };
      spread(await accountsOfCustomers(tx, catalogue, origin), persons, rowsOf(account));
      const named = { rows: concernedRows(firms, subject), after };
      spread(await namesakesOfAccounts(tx, catalogue, named), firms, rowsOf(account));
    }
    if (kind === "event" && (asksFor(subject, "customers") || asksFor(subject, "accounts"))) {
      const rows = concernedRows(people, subject);
      spread(await eventsOfCustomers(tx, subject.dataset, rows), people, rowsOf(subject.dataset));
    }
  }
  return all;
}

/** Who of what was touched can have another answer, by subject. */
export function workOf(plan: FollowPlan, touched: Touched): SubjectWork[] {
  return plan.subjects.map((subject) => {
    const work: SubjectWork = { plan: subject, members: new Map(), slots: new Set() };
    addTouches(work, touched.rows.get(subject.dataset) ?? new Map(), "change");
    addTouches(work, pinnedIn(subject, touched), "pin");
    return work;
  });
}

/** A pin names no dataset: its member is one of the segment's own. */
function pinnedIn({ slots }: SubjectPlan, { pinned }: Touched): Touches {
  const own = new Set(slots.map(({ name }) => pinsAspect(name)));
  return new Map([...pinned].filter(([, { aspects }]) => !own.isDisjointFrom(aspects)));
}

function addTouches(work: SubjectWork, touches: Touches, cause: MoveReason["cause"]): void {
  const known = new Map<ReadonlySet<Aspect>, boolean>();
  for (const [member, { aspects, change }] of touches) {
    const isConcerned = known.get(aspects) ?? addSlots(work, aspects);
    known.set(aspects, isConcerned);
    if (!isConcerned) {
      continue;
    }
    const before = work.members.get(member);
    const isNewer = before === undefined || (change ?? 0n) >= (before.causedBy ?? 0n);
    work.members.set(member, isNewer ? { cause, causedBy: change } : before);
  }
}

/** Adds the slots that something concerns, once for all who it happened to; false: none. */
function addSlots({ plan, slots }: SubjectWork, aspects: ReadonlySet<Aspect>): boolean {
  const concerned = plan.slots.filter(({ interests }) => concerns(interests, aspects));
  for (const slot of concerned) {
    slots.add(slot);
  }
  return concerned.length > 0;
}

function asksFor({ slots }: SubjectPlan, what: "customers" | "accounts"): boolean {
  return slots.some(({ interests }) => interests[what]);
}

/** The rows whose change can concern a slot of the subject. */
function concernedRows(touches: Touches, { slots }: SubjectPlan): bigint[] {
  return [...touches]
    .filter(([, { aspects }]) => slots.some(({ interests }) => concerns(interests, aspects)))
    .map(([row]) => row);
}

/** What is reached is touched by what touched the row it is reached from. */
function spread(reached: readonly Reached[], from: Touches, to: Touches): void {
  for (const { row, from: source } of reached) {
    const cause = from.get(source);
    if (cause !== undefined) {
      touch(to, row, cause);
    }
  }
}

/** So that what is reached is not gone on from. */
function copyOf({ rows, pinned, about }: Touched): Touched {
  return {
    rows: new Map([...rows].map(([name, touches]) => [name, new Map(touches)])),
    pinned: new Map(pinned),
    about,
  };
}
