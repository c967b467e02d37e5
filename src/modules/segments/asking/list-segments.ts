import { must, WaybillError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type CountsView, EVERYTHING, shownCount } from "../analysis/counts-view.ts";
import { countAt } from "../analysis/past.ts";
import { countsQuery, describeCriteria, MOST_CRITERIA } from "../../criteria/index.ts";
import type { SegmentDefinition } from "../definition.ts";
import type { SegmentBook } from "../segment-book.ts";
import { SCAN, type SegmentClient } from "../segments.ts";
import { selectFirsts, selectHighestId } from "../store/asking.ts";
import { selectCounts } from "../store/membership.ts";
import { selectKept, type KeptVersion } from "../store/versions.ts";
import { openBook, openNewestBook } from "../versions/open-book.ts";
import { readWanted } from "../versions/situation.ts";
import { basisOf, readTiming, stateOf, type Basis, type SegmentState } from "./standing.ts";

export interface SegmentSummary extends SegmentDefinition {
  /** Of its definition. */
  readonly version: number;
  /** The version in force; undefined before the first is filled. */
  readonly inForce: number | undefined;
  readonly state: SegmentState;
  /** The criteria in English; empty when they do not fit the contract. */
  readonly sentence: string;
  /** Undefined when they do not fit the contract and no members are stored. */
  readonly members: bigint | undefined;
  readonly basis: Basis;
}

export interface ListOptions {
  readonly asOf: Date;
  /** What whoever asks may see of a segment; default: everything. */
  readonly viewOf?: ((segment: string) => CountsView) | undefined;
}

/** Every segment with its number of members at an instant. Those to be evaluated take one pass together. */
export async function listSegments(
  client: SegmentClient,
  { asOf, viewOf = () => EVERYTHING }: ListOptions,
): Promise<readonly SegmentSummary[]> {
  const listed = await client.db.scoped(client.scope, (tx) => listWithin(tx, client, asOf), SCAN);
  return listed.map((one) => ({
    ...one,
    members:
      one.members === undefined
        ? undefined
        : BigInt(shownCount(Number(one.members), viewOf(one.segment))),
  }));
}

interface Listed {
  readonly definition: SegmentDefinition;
  readonly version: number;
  readonly inForce: KeptVersion | undefined;
  readonly state: SegmentState;
  readonly sentence: string;
  readonly basis: Basis;
}

async function listWithin(
  tx: Transaction,
  client: SegmentClient,
  asOf: Date,
): Promise<readonly SegmentSummary[]> {
  const wanted = await readWanted(tx);
  const newest = await openNewestBook(tx, client.catalogue);
  const kept = Map.groupBy(await selectKept(tx), ({ name }) => name);
  const timing = await readTiming(tx, asOf);
  const firsts = await selectFirsts(tx);
  const highest = await selectHighestId(tx);
  const listed = wanted.map(({ definition, version }): Listed => {
    const name = definition.segment;
    const own = kept.get(name) ?? [];
    const read = readCriteria(newest, client, name);
    return {
      definition,
      version,
      inForce: own.find((one) => one.inForce),
      state: read.failure ?? stateOf(own, { newest: version, highest }),
      sentence: read.sentence,
      basis: basisOf(timing, { asOf, first: firsts.get(name) }),
    };
  });
  const book = await openBook(tx, client.catalogue);
  const counts = await countAll(tx, client, { listed, book, asOf });
  return listed.map(({ definition, inForce, ...rest }) => ({
    ...definition,
    ...rest,
    inForce: inForce?.version,
    members: counts.get(definition.segment),
  }));
}

function readCriteria(
  book: SegmentBook,
  { catalogue }: SegmentClient,
  name: string,
): { readonly sentence: string; readonly failure: SegmentState | undefined } {
  try {
    const criteria = book.criteria(name);
    book.checkUse(name);
    return { sentence: describeCriteria(criteria, catalogue), failure: undefined };
  } catch (error) {
    if (error instanceof WaybillError) {
      return { sentence: "", failure: { kind: "unfit", reason: error.message } };
    }
    throw error;
  }
}

async function countAll(
  tx: Transaction,
  { catalogue }: SegmentClient,
  {
    listed,
    book,
    asOf,
  }: {
    readonly listed: readonly Listed[];
    readonly book: SegmentBook;
    readonly asOf: Date;
  },
): Promise<ReadonlyMap<string, bigint>> {
  const counts = new Map<string, bigint>();
  const toEvaluate: SegmentDefinition[] = [];
  for (const { definition, basis, inForce, state } of listed) {
    const name = definition.segment;
    if (basis === "stored") {
      counts.set(name, must(inForce, "a stored segment is in force").members);
    } else if (basis === "history") {
      counts.set(name, BigInt(await countAt(tx, { segment: name, at: asOf })));
    } else if (state.kind !== "unfit") {
      toEvaluate.push(definition);
    }
  }
  for (const group of Map.groupBy(toEvaluate, ({ subject }) => subject).values()) {
    for (let from = 0; from < group.length; from += MOST_CRITERIA) {
      const some = group.slice(from, from + MOST_CRITERIA).map(({ segment }) => segment);
      const criteria = some.map((name) => book.criteria(name));
      const query = countsQuery(criteria, { catalogue, asOf, segments: book.resolve });
      const found = await selectCounts(tx, query);
      some.forEach((name, index) => counts.set(name, found[index] ?? 0n));
    }
  }
  return counts;
}
