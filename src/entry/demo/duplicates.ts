/** The chapter on duplicates: which records are one customer, how right that is, why, and how it is undone. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../../kernel/index.ts";
import {
  type Client,
  type CustomerDataset,
  customerDataset,
} from "../../modules/contracts/index.ts";
import {
  readCustomer,
  readRecords,
  showCustomer,
  type StoredCustomer,
} from "../../modules/customers/index.ts";
import { sentences } from "../../modules/linkage/index.ts";
import {
  explainPair,
  openMatcher,
  resolveAll,
  undoAct,
  unmerge,
} from "../../modules/resolution/index.ts";
import { listSegments, segmentMembers, type SegmentClient } from "../../modules/segments/index.ts";
import { noteAccess, seeAs } from "../cli/asking.ts";
import { toJson } from "../cli/json.ts";
import { renderTable } from "../cli/table.ts";
import { resolvedDataset, seePair, veiled } from "../cli/veil.ts";
import type { Context } from "../context.ts";
import { openSubjects } from "../ledgers.ts";
import { type PairRates, pairRates } from "./pair-rates.ts";
import type { Story } from "./story.ts";

/** How right the customers are, before and after. */
export interface DuplicatesFound {
  readonly before: PairRates;
  readonly after: PairRates;
}

interface Telling {
  readonly story: Story;
  readonly context: Context;
  readonly telecom: Client;
  readonly dataset: CustomerDataset;
  readonly signal: AbortSignal;
}

export async function tellDuplicates(
  story: Story,
  context: Context,
  { telecom, signal }: { readonly telecom: Client; readonly signal: AbortSignal },
): Promise<DuplicatesFound> {
  story.chapter("Who is the same customer");
  const dataset = must(customerDataset(telecom.catalogue), "telecom has customers");
  const telling: Telling = { story, context, telecom, dataset, signal };
  const persons = await readTruth(context);
  const placesBefore = await readPlaces(telling, persons);
  const candidates = await candidatesAmong(telling, placesBefore);
  const started = performance.now();
  const { db, actor, clock } = context;
  const report = await resolveAll(db, telecom, { actor, clock, signal });
  const seconds = (performance.now() - started) / 1000;
  const placesAfter = await readPlaces(telling, persons);
  const found = { before: pairRates(placesBefore), after: pairRates(placesAfter) };
  story.say(
    `The CRM has some people twice, with typing errors, nicknames, old addresses and other e-mails, and no number that says so. What records of the same person agree on, and how rare that is among others, is learnt from the records themselves, without anybody's answers: ${report.records.toLocaleString("en-US")} records in ${seconds.toFixed(1)} s. The generator knows who everybody is. Against its truth, of the records of the CRM:`,
  );
  story.show(renderRates(found, report.customers));
  await tellOneMerge(telling, { candidates, placesAfter });
  return found;
}

function renderRates(
  { before, after }: DuplicatesFound,
  customers: { readonly before: number; readonly after: number },
): string {
  const rows = [
    { what: "by the same number or e-mail alone", rates: before, count: customers.before },
    { what: "resolved", rates: after, count: customers.after },
  ];
  return renderTable(rows, [
    { head: "customers", cell: ({ what }) => what },
    { head: "there are", cell: ({ count }) => count },
    { head: "precision", cell: ({ rates }) => percent(rates.precision) },
    { head: "recall", cell: ({ rates }) => percent(rates.recall) },
  ]);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** The person behind every record, as the generator wrote it down: `source,record_id,person`. */
async function readTruth({ dataDir }: Context): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(dataDir, "demo", "telecom", "truth.csv"), "utf8");
  const lines = text.split(/\r?\n/u).slice(1);
  return new Map(
    lines.map((line) => {
      const [, record = "", person = ""] = line.split(",");
      return [record, person];
    }),
  );
}

/** A record that says who somebody is, who that is in truth, and which customer it was given to. */
export interface RecordPlace {
  readonly record: bigint;
  readonly person: string;
  readonly customer: bigint;
}

/**
 * The records of the CRM. Those of billing have a number and no name: whom they belong to is known by the
 * number, or by nobody.
 */
async function readPlaces(
  { context, telecom, dataset }: Telling,
  persons: ReadonlyMap<string, string>,
): Promise<RecordPlace[]> {
  return await context.db.scoped(
    telecom.scope,
    async (tx) => {
      const places: RecordPlace[] = [];
      for await (const { records, ids, values } of readRecords(tx, dataset, { records: "all" })) {
        for (const [index, record] of records.entries()) {
          const person = persons.get(values.get("record_id")?.[index] ?? "");
          const customer = ids[index];
          const isNamed = (values.get("family_name")?.[index] ?? null) !== null;
          if (isNamed && person !== undefined && customer !== undefined) {
            places.push({ record, person, customer });
          }
        }
      }
      return places;
    },
    { readOnly: true },
  );
}

/** Two customers who are one person, and what they were before anything was merged. */
interface Candidate {
  /** The record that shall part from the others again. */
  readonly record: bigint;
  readonly before: readonly [CustomerState, CustomerState];
}

/** What must come back when a merge is undone. */
interface CustomerState {
  readonly id: bigint;
  readonly view: StoredCustomer;
  readonly segments: readonly string[];
}

/** So many are remembered, for not every one of them is found. */
const CANDIDATES = 24;

async function candidatesAmong(
  telling: Telling,
  places: readonly RecordPlace[],
): Promise<Candidate[]> {
  const twice = [...Map.groupBy(places, ({ person }) => person).values()].flatMap((records) => {
    const [one, other, ...more] = new Set(records.map(({ customer }) => customer));
    const of = records.filter(({ customer }) => customer === other);
    const record = of[0]?.record;
    const isPlain = more.length === 0 && of.length === 1;
    return isPlain && one !== undefined && other !== undefined && record !== undefined
      ? [{ record, customers: [one, other] as const }]
      : [];
  });
  const chosen = twice.slice(0, CANDIDATES);
  const members = await membersOfSegments(telling);
  return await Promise.all(
    chosen.map(async ({ record, customers: [one, other] }) => ({
      record,
      before: [
        await stateOf(telling, one, members),
        await stateOf(telling, other, members),
      ] as const,
    })),
  );
}

type SegmentMembers = ReadonlyMap<string, ReadonlySet<bigint>>;

/** Everybody in every segment, as of the end of the histories. */
async function membersOfSegments({ context, telecom }: Telling): Promise<SegmentMembers> {
  const { scope, catalogue } = telecom;
  const subject: SegmentClient = { db: context.db, scope, catalogue };
  const members = new Map<string, ReadonlySet<bigint>>();
  for (const { segment } of await listSegments(subject, { asOf: AS_OF })) {
    const page = await segmentMembers(subject, { segment, asOf: AS_OF, limit: MOST_MEMBERS });
    members.set(segment, new Set(page.members));
  }
  return members;
}

/** The histories end here. */
const AS_OF = new Date("2026-11-01T00:00:00Z");
const MOST_MEMBERS = 1_000_000;

async function stateOf(
  { context, telecom }: Telling,
  id: bigint,
  members: SegmentMembers,
): Promise<CustomerState> {
  const options = { id, events: MOST_MEMBERS, history: 0 };
  const view = await context.db.scoped(
    telecom.scope,
    (tx) => readCustomer(tx, telecom.catalogue, options),
    { readOnly: true },
  );
  const segments = [...members].filter(([, ids]) => ids.has(id)).map(([name]) => name);
  return { id, view, segments };
}

/** One merge: why it was made, what it made, and that all of it can be taken back. */
async function tellOneMerge(
  telling: Telling,
  {
    candidates,
    placesAfter,
  }: { readonly candidates: readonly Candidate[]; readonly placesAfter: readonly RecordPlace[] },
): Promise<void> {
  const { story, context, telecom } = telling;
  const customerOf = new Map(placesAfter.map(({ record, customer }) => [record, customer]));
  const [merged] = candidates
    .filter(({ record, before }) =>
      before.some(({ id, view }) => id === customerOf.get(record) && holdsOthers(view, record)),
    )
    .toSorted((one, other) => eventsOf(other) - eventsOf(one));
  if (merged === undefined) {
    return;
  }
  const { record, before } = merged;
  const customer = must(customerOf.get(record), "the record was placed");
  const [, away] = before[0].id === customer ? before : [before[1], before[0]];
  const words = await explainMerge(telling, { record, customer });
  story.say(`Customer ${away.id} went into ${customer}. Why?`);
  story.show(words.join("\n"));
  const subjects = openSubjects(context, telecom.key);
  const act = { by: context.actor, clock: context.clock, reason: "shown in the demo", subjects };
  await unmerge(context.db, telecom, { ...act, customer, records: [record] });
  const members = await membersOfSegments(telling);
  const after = [
    await stateOf(telling, before[0].id, members),
    await stateOf(telling, before[1].id, members),
  ] as const;
  story.say("Suppose that was a mistake. It is undone, and both are what they were before:");
  story.show(renderStates(before, after));
  const other = must(
    before.flatMap(({ view }) => view.records).find((one) => one.record !== record),
    "a merge is of two records at least",
  );
  const of = { left: record, right: other.record };
  await undoAct(context.db, telecom, { ...act, of });
  story.say(
    "It was none, so that judgement is taken back as well, and they are one again. Nothing of this is lost: the log has every judgement, and whose it was.",
  );
}

/** Whoever has most shows best that all of it comes back. */
function eventsOf({ before }: Candidate): number {
  const events = before.flatMap(({ view }) => view.events);
  return events.reduce((sum, { newest }) => sum + newest.length, 0);
}

function holdsOthers({ records }: StoredCustomer, record: bigint): boolean {
  return records.every((one) => one.record !== record);
}

async function explainMerge(
  { context, telecom }: Telling,
  { record, customer }: { readonly record: bigint; readonly customer: bigint },
): Promise<readonly string[]> {
  return await context.db.scoped(telecom.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...telecom, asked: {} });
    const { linker } = await openMatcher(tx, telecom);
    const seen = await showCustomer(tx, seeing, { id: customer, events: 0, history: 0 });
    const others = seen.records.filter((one) => one.record !== record);
    const pairs = await Promise.all(
      others.map((one) => explainPair(tx, telecom, { left: record, right: one.record })),
    );
    const [best] = pairs.toSorted((a, b) => b.score.weight - a.score.weight);
    const pair = must(best, "a merge is of two records at least");
    const shown = { act: "explain", channel: "listed", customers: [seen.customer] } as const;
    await noteAccess(tx, context, { client: telecom, seeing, shown });
    const dataset = resolvedDataset(telecom, undefined);
    const veil = await seePair(tx, seeing, { ...pair, dataset });
    return sentences(linker.model, veiled(pair.score, linker.model, veil));
  });
}

type States = readonly [CustomerState, CustomerState];

function renderStates(before: States, after: States): string {
  const rows = before.flatMap((was, index) =>
    ASPECTS.map(({ what, shown, compared }) => ({
      what: `${was.id}: ${what}`,
      shown: shown(was),
      isBack: toJson(compared(was)) === toJson(compared(after[index] ?? was)),
    })),
  );
  return renderTable(rows, [
    { head: "customer", cell: ({ what }) => what },
    { head: "before the merge", cell: ({ shown }) => shortened(shown) },
    { head: "after the unmerge", cell: ({ isBack }) => (isBack ? "the same" : "DIFFERENT") },
  ]);
}

/** What is shown of a customer, and what of it has to be equal. */
const ASPECTS: readonly {
  readonly what: string;
  readonly shown: (state: CustomerState) => string;
  readonly compared: (state: CustomerState) => unknown;
}[] = [
  {
    what: "records",
    shown: ({ view }) => view.records.map(({ source, key }) => `${source} ${key}`).join(", "),
    compared: ({ view }) => view.records,
  },
  {
    what: "fields",
    shown: ({ view }) => `${view.provenance.size} values`,
    compared: ({ view }) => [view.customer.values, view.provenance, view.customer.createdAt],
  },
  {
    what: "events",
    shown: ({ view }) =>
      view.events.map(({ dataset, newest }) => `${newest.length} ${dataset}`).join(", "),
    compared: ({ view }) => view.events,
  },
  {
    what: "segments",
    shown: ({ segments }) => segments.join(", ") || "none",
    compared: ({ segments }) => segments,
  },
];

const MOST_CHARACTERS = 60;

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
