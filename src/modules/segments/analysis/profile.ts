/** How a field is distributed inside a segment against outside it. */
import { didYouMean, InvalidInputError, must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { findDataset, type Dataset, type Field } from "../../contracts/index.ts";
import { dependencies, membersQuery, subjectDataset, type Query } from "../../criteria/index.ts";
import type { SegmentClient } from "../segments.ts";
import { selectInForce } from "../store/analysis.ts";
import {
  selectInsideAndOutside,
  selectQuantiles,
  selectValueCounts,
  selectYears,
  storedMembers,
  type CountedField,
  type FieldGrouping,
  type ValueCount,
} from "../store/distribution.ts";
import { openBook } from "../versions/open-book.ts";
import { labelOf, unitFor, wholeBounds } from "./buckets.ts";
import { requireEverything, shownParts, type CountsView } from "./counts-view.ts";
import type { Selected } from "./funnel.ts";
import { significanceOf, type Significance } from "./significance.ts";

/** Rows with one value, a range of values, other values or none. */
export interface ProfileBucket {
  readonly kind: "value" | "range" | "other" | "missing";
  /** `Berlin`, `10 to below 20`, `2024`, `other values`, `no value`. */
  readonly label: string;
  readonly inside: number;
  readonly outside: number;
  /** Shares of all inside, and of all outside: 0 to 1. */
  readonly shareInside: number;
  readonly shareOutside: number;
  /**
   * How much more frequent it is inside than among everybody: share inside / share of all (Brin et al.,
   * Dynamic Itemset Counting, SIGMOD 1997). Undefined where nobody is inside or in the bucket.
   */
  readonly lift: number | undefined;
  /** The chance of so great a difference by accident, of this bucket against all others. */
  readonly pValue: number;
}

export interface Profile {
  readonly dataset: string;
  readonly field: string;
  readonly title: string;
  /** `list`: a row is in the bucket of each entry, and shares do not add up to 1. */
  readonly kind: FieldGrouping["kind"];
  readonly inside: number;
  readonly outside: number;
  readonly buckets: readonly ProfileBucket[];
  /** Of all buckets together; of a list the bucket that differs most. */
  readonly significance: Significance;
}

/** Buckets that still fit a screen. */
const MOST_BUCKETS = 100;

export interface ProfileOptions {
  /** How many values apart, or ranges: 2 to 100. Default 10. */
  readonly buckets?: number | undefined;
  readonly view: CountsView;
}

/**
 * The distribution of one field of the members' own dataset.
 *
 * Of a segment the stored members count, of criteria those at `asOf`. Numbers are divided at quantiles of
 * everybody, rounded to two digits; dates by month, year or decade of the client's time zone.
 * @throws NotFoundError `segment-not-found` or `field-not-found`
 * @throws ConflictError `segment-filling`
 * @throws InvalidInputError `profile-buckets`, or when the criteria cannot be read
 * @throws ForbiddenError `counts-only` for criteria of one's own, and for identifiers
 */
export async function profile(
  client: SegmentClient,
  question: Selected & ProfileOptions & { readonly field: string; readonly asOf: Date },
): Promise<Profile> {
  checkBuckets(question.buckets);
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const { dataset, inside } = await selectionOf(tx, client, question);
      const field = fieldOf(dataset, question.field);
      if (field.identifier) {
        requireEverything(question.view, "the values of an identifier");
      }
      const group = { dataset, inside, timeZone: client.catalogue.timeZone };
      return await profileOf(tx, group, { ...question, field });
    },
    { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 600_000 },
  );
}

/** A field beside the others, by how much it tells of the segment. */
export interface RankedField {
  readonly field: string;
  readonly title: string;
  readonly significance: Significance;
  /** The bucket with the highest lift of those that chance does not explain; undefined: none. */
  readonly best: ProfileBucket | undefined;
  /** The segment's own criteria look at it, so that it differs by definition. */
  readonly isInCriteria: boolean;
}

/** What is taken for chance, of all fields together (Bonferroni). */
const SIGNIFICANT = 0.01;

/**
 * All fields of the members' dataset but identifiers, those first that tell most of who is in a segment:
 * by Cramér's V, which large numbers alone do not raise. One scan a field.
 * @throws as {@link profile}
 */
export async function bestLift(
  client: SegmentClient,
  question: ProfileOptions & { readonly segment: string },
): Promise<readonly RankedField[]> {
  checkBuckets(question.buckets);
  const { catalogue } = client;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const { dataset, inside } = await storedSelection(tx, client, question.segment);
      const book = await openBook(tx, catalogue);
      const criteria = book.written(question.segment);
      const used = dependencies(criteria, { catalogue, segments: book.resolve });
      const own = { customer: used.customerFields, account: used.accountFields }[
        dataset.kind === "account" ? "account" : "customer"
      ];
      const looked = dataset.kind === "event" ? used.eventFields : own;
      const fields = dataset.fields.filter(
        ({ identifier, sealed }) => !identifier && sealed !== true,
      );
      const group = { dataset, inside, timeZone: catalogue.timeZone };
      const ranked: RankedField[] = [];
      for (const field of fields) {
        const { buckets, significance, title } = await profileOf(tx, group, { ...question, field });
        ranked.push({
          field: field.name,
          title,
          significance,
          best: bestOf(buckets, SIGNIFICANT / fields.length),
          isInCriteria: looked.includes(field.name),
        });
      }
      return ranked.sort((a, b) => b.significance.cramersV - a.significance.cramersV);
    },
    { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 600_000 },
  );
}

function bestOf(buckets: readonly ProfileBucket[], significant: number): ProfileBucket | undefined {
  return buckets
    .filter(({ kind, pValue, lift = 0 }) => kind !== "other" && pValue < significant && lift > 1)
    .toSorted((a, b) => (b.lift ?? 0) - (a.lift ?? 0))[0];
}

interface Selection {
  readonly dataset: Dataset;
  /** The `_id`s of who is inside. */
  readonly inside: Pick<Query, "sql" | "values">;
}

async function selectionOf(
  tx: Transaction,
  client: SegmentClient,
  question: Selected & { readonly asOf: Date; readonly view: CountsView },
): Promise<Selection> {
  if ("segment" in question) {
    return await storedSelection(tx, client, question.segment);
  }
  requireEverything(question.view, "counts of criteria of their own");
  const { catalogue } = client;
  const book = await openBook(tx, catalogue);
  const criteria = book.parse(question.criteria, question.subject);
  const dataset = must(
    subjectDataset(catalogue, criteria.subject),
    "criteria are parsed against a contract that has their subject",
  );
  const options = { catalogue, asOf: question.asOf, segments: book.resolve };
  return { dataset, inside: membersQuery(criteria, options) };
}

async function storedSelection(
  tx: Transaction,
  { catalogue }: SegmentClient,
  name: string,
): Promise<Selection> {
  const segment = must((await selectInForce(tx, [name]))[0], "a name that is found has a segment");
  const dataset = must(
    findDataset(catalogue, segment.subject),
    "a contract that lacks a segment's subject is refused",
  );
  return { dataset, inside: storedMembers(segment.slot) };
}

function fieldOf(dataset: Dataset, name: string): Field {
  const field = dataset.fields.find((one) => one.name === name);
  if (field === undefined) {
    const names = dataset.fields.map((one) => one.name);
    const message = `${dataset.name} have no field ${JSON.stringify(name)}`;
    const hint = didYouMean(name, names) ?? `they have ${names.join(", ")}`;
    throw new NotFoundError("field-not-found", message, { hint });
  }
  if (field.sealed === true) {
    const message = `${name} of ${dataset.name} is sealed: its values are in no table to be counted`;
    const hint = "profiles are of fields that are not sealed";
    throw new InvalidInputError("field-sealed", message, [], { hint });
  }
  return field;
}

function checkBuckets(buckets = DEFAULT_BUCKETS): void {
  if (!Number.isInteger(buckets) || buckets < 2 || buckets > MOST_BUCKETS) {
    const message = `a profile has 2 to ${MOST_BUCKETS} buckets`;
    throw new InvalidInputError("profile-buckets", message);
  }
}

const DEFAULT_BUCKETS = 10;

async function profileOf(
  tx: Transaction,
  { dataset, inside, timeZone }: Selection & { readonly timeZone: string },
  options: ProfileOptions & { readonly field: Field },
): Promise<Profile> {
  const { field, view, buckets: most = DEFAULT_BUCKETS } = options;
  const place = { dataset: dataset.name, field: field.name };
  const grouping = await groupingOf(tx, { ...place, most, type: field.type.kind, timeZone });
  const counted: CountedField = { ...place, grouping, most: isDivided(grouping) ? 1_000 : most };
  const found = await selectValueCounts(tx, inside, counted);
  const shown = shownCounts(found.toSorted(inOrderOf(grouping)), view);
  const totals =
    grouping.kind === "list"
      ? shownCounts(listParts(found, await selectInsideAndOutside(tx, inside, dataset.name)), view)
      : shown;
  const all = { inside: sumOf(totals, "inside"), outside: sumOf(totals, "outside") };
  const buckets = shown
    .filter((one) => one.inside + one.outside > 0)
    .map((one) => bucketOf(one, { grouping, all }));
  return {
    dataset: dataset.name,
    field: field.name,
    title: field.title,
    kind: grouping.kind,
    ...all,
    buckets,
    significance:
      grouping.kind === "list" ? mostSignificant(buckets, all) : significanceOf(buckets),
  };
}

/** Entries of a list have rows in common: everybody is divided into those with any and those without. */
function listParts(found: readonly ValueCount[], everybody: Sides): readonly Sides[] {
  const nobody = { inside: 0, outside: 0 };
  const without = found.find(({ value, isRest }) => value === null && !isRest) ?? nobody;
  const rest = {
    inside: everybody.inside - without.inside,
    outside: everybody.outside - without.outside,
  };
  return [rest, without];
}

/** Numbers and dates are divided into a few ranges: none is left for `other`. */
function isDivided({ kind }: FieldGrouping): boolean {
  return kind === "ranges" || kind === "dates";
}

async function groupingOf(
  tx: Transaction,
  field: Pick<CountedField, "dataset" | "field" | "most"> & {
    readonly type: Field["type"]["kind"];
    readonly timeZone: string;
  },
): Promise<FieldGrouping> {
  switch (field.type) {
    case "text":
    case "enum":
    case "boolean":
      return { kind: "values" };
    case "text-list":
      return { kind: "list" };
    case "integer":
    case "decimal": {
      const fractions = Array.from({ length: field.most - 1 }, (_, at) => (at + 1) / field.most);
      return { kind: "ranges", bounds: wholeBounds(await selectQuantiles(tx, field, fractions)) };
    }
    case "date":
    case "timestamp": {
      const timeZone = field.type === "timestamp" ? field.timeZone : undefined;
      return { kind: "dates", unit: unitFor(await selectYears(tx, field)), timeZone };
    }
  }
}

/** Values as they are sorted, other values, missing ones. */
function inOrderOf(grouping: FieldGrouping): (left: ValueCount, right: ValueCount) => number {
  const isNumbered = grouping.kind === "ranges";
  const place = ({ value, isRest }: ValueCount): number => (value !== null ? 0 : isRest ? 1 : 2);
  return (left, right) => {
    const [a, b] = [left.value ?? "", right.value ?? ""];
    return (
      place(left) - place(right) ||
      (isNumbered ? Number(a) - Number(b) : a < b ? -1 : Number(a > b))
    );
  };
}

function shownCounts<Count extends Sides>(
  counts: readonly Count[],
  view: CountsView,
): readonly Count[] {
  const inside = shownParts(
    counts.map((one) => one.inside),
    view,
  );
  const outside = shownParts(
    counts.map((one) => one.outside),
    view,
  );
  return counts.map((one, index) => ({
    ...one,
    inside: inside[index] ?? 0,
    outside: outside[index] ?? 0,
  }));
}

interface Sides {
  readonly inside: number;
  readonly outside: number;
}

function sumOf(counts: readonly Sides[], side: keyof Sides): number {
  return counts.reduce((sum, one) => sum + one[side], 0);
}

function bucketOf(
  count: ValueCount,
  { grouping, all }: { readonly grouping: FieldGrouping; readonly all: Sides },
): ProfileBucket {
  const { value, isRest, inside, outside } = count;
  const shareInside = share(inside, all.inside);
  const shareOfAll = share(inside + outside, all.inside + all.outside);
  const named = isDivided(grouping) ? "range" : "value";
  return {
    kind: isRest ? "other" : value === null ? "missing" : named,
    label: isRest ? "other values" : value === null ? "no value" : labelOf(value, grouping),
    inside,
    outside,
    shareInside,
    shareOutside: share(outside, all.outside),
    lift: all.inside === 0 || shareOfAll === 0 ? undefined : shareInside / shareOfAll,
    pValue: against(count, all).pValue,
  };
}

/** Those in a bucket against all others. */
function against({ inside, outside }: Sides, all: Sides): Significance {
  return significanceOf([
    { inside, outside },
    { inside: Math.max(0, all.inside - inside), outside: Math.max(0, all.outside - outside) },
  ]);
}

function mostSignificant(buckets: readonly Sides[], all: Sides): Significance {
  return buckets
    .map((bucket) => against(bucket, all))
    .reduce((best, one) => (one.cramersV > best.cramersV ? one : best), significanceOf([]));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
