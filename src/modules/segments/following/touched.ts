/**
 * What entries of the change log touch: rows, and of each what it is about them that changed. Pure; who
 * is a member by way of these rows is for the database to say (`store/reach.ts`).
 */
import { unreachable } from "../../../kernel/index.ts";
import { type Catalogue, customerDataset, findDataset } from "../../contracts/index.ts";
import type { Dependencies } from "../../criteria/index.ts";
import type { FollowedChange } from "../store/following.ts";

/** Something that criteria can depend on, as text: `field customers city`, `events orders`, `consents`. */
export type Aspect = string;

/** Everything about a row: it is new, gone or another. */
export const EVERYTHING: Aspect = "everything";
/** Events came or went, of whichever dataset. */
const ANY_EVENTS: Aspect = "events";
/** What somebody consents to, of whichever purpose. */
const CONSENTS: Aspect = "consents";

const fieldAspect = (dataset: string, field: string): Aspect => `field ${dataset} ${field}`;
const eventsAspect = (dataset: string): Aspect => `events ${dataset}`;
export const pinsAspect = (segment: string): Aspect => `pins ${segment}`;
const scoreAspect = (score: string): Aspect => `score ${score}`;

/** What changed about a row, and the newest change that did it. */
export interface Touch {
  /** Shared by rows of which the same changed, so that what follows from it is asked once for all of them. */
  readonly aspects: ReadonlySet<Aspect>;
  /** Null: nobody remembers. */
  readonly change: bigint | null;
}

/** Rows by id. */
export type Touches = Map<bigint, Touch>;

/** What some entries touch. */
export interface Touched {
  /** By dataset: golden rows and events. */
  readonly rows: ReadonlyMap<string, Touches>;
  /** Members of whichever subject that were pinned. */
  readonly pinned: Touches;
  /** What entries were about so far: one set for all that say the same. */
  readonly about: Map<string, ReadonlySet<Aspect>>;
}

/** @param datasets those whose rows are of interest; what touches rows of others is passed over */
export function nothingTouched(datasets: Iterable<string>): Touched {
  const rows = new Map([...datasets].map((name): [string, Touches] => [name, new Map()]));
  return { rows, pinned: new Map(), about: new Map() };
}

/** Notes that an entry touches a row. */
export function touch(touches: Touches, row: bigint, { aspects, change }: Touch): void {
  const known = touches.get(row);
  if (known === undefined) {
    touches.set(row, { aspects, change });
    return;
  }
  touches.set(row, {
    aspects: union(known.aspects, aspects),
    change: change !== null && (known.change ?? 0n) < change ? change : known.change,
  });
}

type AspectSet = ReadonlySet<Aspect>;

/** So that rows of which the same two things changed share what they come to. */
const unions = new WeakMap<AspectSet, WeakMap<AspectSet, AspectSet>>();

function union(left: AspectSet, right: AspectSet): AspectSet {
  const withLeft = unions.get(left) ?? new WeakMap<AspectSet, AspectSet>();
  unions.set(left, withLeft);
  const known = withLeft.get(right) ?? (right.isSubsetOf(left) ? left : left.union(right));
  withLeft.set(right, known);
  return known;
}

/** Adds what one entry touches. @param customers the dataset of customers */
export function addChange(touched: Touched, entry: FollowedChange, customers: string): void {
  const { change, kind, dataset, rowId, customer } = entry;
  const noteAll = (name: string, row: bigint | null, aspects: ReadonlySet<Aspect>): void => {
    const touches = touched.rows.get(name);
    if (row !== null && touches !== undefined) {
      touch(touches, row, { aspects, change });
    }
  };
  const note = (name: string, row: bigint | null, aspect: Aspect): void =>
    noteAll(
      name,
      row,
      sharedSet(touched, aspect, () => [aspect]),
    );
  switch (kind) {
    case "customer-created":
    case "customer-merged":
    case "customer-split":
    case "customer-regrouped":
    case "account-created":
    case "account-merged":
    case "account-split":
    case "account-regrouped":
    case "customer-erased":
      note(dataset, rowId, EVERYTHING);
      note(dataset, customer, EVERYTHING);
      break;
    case "consent-changed":
      note(customers, customer, CONSENTS);
      break;
    case "customer-changed":
    case "account-changed":
      noteAll(dataset, rowId, changedFields(touched, entry));
      break;
    case "event-added":
    case "event-changed":
    case "event-attached":
      note(customers, customer, eventsAspect(dataset));
      note(dataset, rowId, EVERYTHING);
      break;
    case "customer-scored":
      noteAll(customers, rowId, changedScores(touched, entry));
      break;
    case "segment-pinned":
      touch(touched.pinned, rowId, { aspects: pinned(touched, entry), change });
      // Segments of what happened to a customer may have the segment inside.
      noteAll(customers, rowId === customer ? rowId : null, pinned(touched, entry));
      break;
    case "record-added":
    case "record-changed":
    case "segment-switched":
      break;
    default:
      unreachable(kind);
  }
}

/** @param said by entries that all come to the same aspects */
function sharedSet(
  { about }: Touched,
  said: string,
  aspects: () => Iterable<Aspect>,
): ReadonlySet<Aspect> {
  const known = about.get(said) ?? new Set(aspects());
  about.set(said, known);
  return known;
}

/** An entry that names no field says that events came or went. */
function changedFields(touched: Touched, { dataset, fields }: FollowedChange): ReadonlySet<Aspect> {
  if (fields === null || fields === "") {
    const aspect = fields === null ? EVERYTHING : ANY_EVENTS;
    return sharedSet(touched, aspect, () => [aspect]);
  }
  return sharedSet(touched, `fields ${dataset}\n${fields}`, () =>
    fields.split("\n").map((field) => fieldAspect(dataset, field)),
  );
}

function changedScores(touched: Touched, { fields }: FollowedChange): ReadonlySet<Aspect> {
  return sharedSet(touched, `scores\n${fields}`, () => (fields ?? "").split("\n").map(scoreAspect));
}

function pinned(touched: Touched, { dataset }: FollowedChange): ReadonlySet<Aspect> {
  const aspect = pinsAspect(dataset);
  return sharedSet(touched, aspect, () => [aspect]);
}

/** How many rows are touched. */
export function countTouched({ rows, pinned }: Touched): number {
  return [...rows.values()].reduce((sum, touches) => sum + touches.size, pinned.size);
}

/** What criteria depend on, as aspects of the rows that their members are reached from. */
export interface Interests {
  readonly aspects: ReadonlySet<Aspect>;
  /** Whether customers beside the member matter, and accounts beside it. */
  readonly customers: boolean;
  readonly accounts: boolean;
}

/** @param needs `pins`: of the segment itself, and of those that stand inside it */
export function interestsOf(needs: Dependencies, catalogue: Catalogue): Interests {
  const customers = customerDataset(catalogue);
  const account =
    findDataset(catalogue, needs.subject)?.kind === "account"
      ? needs.subject
      : (customers?.account?.dataset ?? "");
  const personal = [...needs.customerFields, ...(needs.people ?? [])].map((field) =>
    fieldAspect(customers?.name ?? "", field),
  );
  const firm = needs.accountFields.map((field) => fieldAspect(account, field));
  const events = [...needs.events.keys()].map(eventsAspect);
  const scores = needs.scores.map(scoreAspect);
  const consents = needs.consents.length === 0 ? [] : [CONSENTS];
  return {
    aspects: new Set([
      EVERYTHING,
      ...personal,
      ...firm,
      ...events,
      ...(events.length === 0 ? [] : [ANY_EVENTS]),
      ...scores,
      ...consents,
      ...needs.pins.map(pinsAspect),
    ]),
    customers:
      personal.length + events.length + scores.length + consents.length > 0 ||
      needs.pins.length > 1,
    accounts: firm.length > 0,
  };
}

/** Whether criteria with these interests can have another answer. */
export function concerns({ aspects }: Interests, changed: ReadonlySet<Aspect>): boolean {
  for (const aspect of changed) {
    if (aspects.has(aspect)) {
      return true;
    }
  }
  return false;
}
