/**
 * As whom an answer about segments is given. To say who, or how many exactly, is to tell something of every
 * field that a segment looks at: so it is told to who may see those in clear, of members who may be seen.
 * Everybody else has counts, none of them below the contract's minimum.
 */
import type { Command } from "commander";
import { ForbiddenError, RefusedError, WaybillError } from "../../kernel/index.ts";
import type { Seeing } from "../../modules/customers/index.ts";
import {
  type AskedCriteria,
  countsOnly,
  type CountsView,
  EVERYTHING,
  type FieldPlace,
  fieldsAsked,
  fieldsOfSegments,
  subjectOf,
} from "../../modules/segments/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import {
  type AskingOptions,
  noteAccess,
  seeAs,
  seeByCriteria,
  type Shown,
  visibleAmong,
  withAsking,
} from "./asking.ts";
import type { Invocation } from "./invocation.ts";
import { settlementInCounts, type ShownSettlement } from "./segment-plan.ts";
import { type SegmentScene, settled } from "./segment-scene.ts";

/** Of commands that answer with counts or members. */
export interface SightOptions extends AskingOptions {
  readonly countsOnly?: boolean;
}

/** Adds the options by which somebody says as whom they ask, and with how much they are content. */
export function withSight(command: Command): Command {
  return withAsking(command).option(
    "--counts-only",
    "as for people who may see counts but not customers: small counts are not shown",
  );
}

/** Who asks, and of whose segments. */
export interface SightScene {
  readonly context: Pick<Context, "db" | "actor" | "clock" | "protect">;
  readonly client: Client;
}

/** What an answer tells something of. */
export interface SightOf {
  /** Names of segments; all of them when left out. */
  readonly segments?: readonly string[] | undefined;
  readonly criteria?: readonly AskedCriteria[];
  /** Further fields, such as the one of a profile. */
  readonly fields?: readonly FieldPlace[];
}

/** What whoever asks may see. */
export interface Sight {
  /** Of an answer to all that was asked. */
  readonly view: CountsView;
  /** Of one of the segments alone. */
  readonly viewOf: (segment: string) => CountsView;
}

/**
 * What whoever asks may see of segments. Who is no recipient's member, or of several and does not say which,
 * may see counts, and is told why there is no more.
 * @throws RefusedError, ForbiddenError, NotFoundError when they say as whom they ask and may not
 */
export async function openSight(
  { output }: { readonly output: Pick<Invocation["output"], "note"> },
  { context, client }: SightScene,
  { asked, of }: { readonly asked: SightOptions; readonly of: SightOf },
): Promise<Sight> {
  const counts = countsOnly(client.catalogue);
  const blind: Sight = { view: counts, viewOf: () => counts };
  if (asked.countsOnly === true) {
    return blind;
  }
  return await context.db.scoped(
    client.scope,
    async (tx) => {
      const seeing = await seeAs(tx, context, { ...client, asked }).catch((error: unknown) => {
        const isRefusal = error instanceof RefusedError || error instanceof ForbiddenError;
        if (!isRefusal || asked.as !== undefined || asked.purpose !== undefined) {
          throw error;
        }
        output.note(
          `counts only: ${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`,
        );
        return undefined;
      });
      return seeing === undefined ? blind : await sightOf(tx, { seeing, of, counts });
    },
    { readOnly: true },
  );
}

async function sightOf(
  tx: Transaction,
  {
    seeing,
    of: { segments, criteria = [], fields = [] },
    counts,
  }: { readonly seeing: Seeing; readonly of: SightOf; readonly counts: CountsView },
): Promise<Sight> {
  const bySegment = await fieldsOfSegments(tx, seeing.catalogue, segments);
  const viewOf = (segment: string): CountsView => {
    const places = bySegment.get(segment);
    return places !== undefined && isClear(seeing, places) ? EVERYTHING : counts;
  };
  const others = [...fields];
  for (const one of criteria) {
    others.push(...(await fieldsAsked(tx, seeing.catalogue, one)));
  }
  const isAllClear =
    isClear(seeing, others) &&
    (segments ?? [...bySegment.keys()]).every((name) => viewOf(name) === EVERYTHING);
  return { view: isAllClear ? EVERYTHING : counts, viewOf };
}

function isClear({ access }: Seeing, places: readonly FieldPlace[]): boolean {
  return places.every(({ dataset, field }) => access.isClear(dataset, field));
}

/**
 * For commands that change something and then tell of it as a recipient: nothing is to be done for somebody
 * who could not be told.
 * @throws RefusedError, ForbiddenError, NotFoundError when they say as whom they ask and may not
 */
export async function checkAsker(
  { context, client }: SightScene,
  asked: SightOptions,
): Promise<void> {
  if (asked.as === undefined && asked.purpose === undefined) {
    return;
  }
  await context.db.scoped(client.scope, (tx) => seeAs(tx, context, { ...client, asked }), {
    readOnly: true,
  });
}

/** Puts in force what the definitions say, and tells of it what whoever asks may see. */
export async function settlementSeen(
  invocation: Pick<Invocation, "output" | "signal">,
  scene: SegmentScene,
  asked: SightOptions,
): Promise<ShownSettlement> {
  const settlement = await settled(scene, invocation);
  const segments = settlement.switched.map(({ segment }) => segment);
  if (segments.length === 0) {
    return { settlement, viewOf: () => EVERYTHING };
  }
  const { viewOf } = await openSight(invocation, scene, { asked, of: { segments } });
  return { settlement: settlementInCounts(settlement, viewOf), viewOf };
}

/**
 * Those of the members whom whoever asks may see; that they asked is noted first.
 * @throws RefusedError `fields-not-clear`
 */
export async function namedAmong(
  { context, client }: SightScene,
  asked: AskingOptions,
  {
    criteria,
    members,
    act = "members",
  }: {
    readonly criteria: AskedCriteria;
    readonly members: readonly bigint[];
    readonly act?: Shown["act"];
  },
): Promise<ReadonlySet<bigint>> {
  return await context.db.scoped(client.scope, async (tx) => {
    const { seeing, by } = await seeByCriteria(tx, context, { client, asked, criteria });
    const of =
      criteria.segment === undefined
        ? criteria.subject
        : await subjectOf(tx, client.catalogue, criteria.segment);
    const seen = await visibleAmong(tx, seeing, { subject: of, members });
    const shown = { act, channel: "listed", by, customers: [], found: seen.length } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return new Set(seen);
  });
}

/** Something of a member of a segment, or of the segment itself. */
interface RowOfSegment {
  readonly segment: string;
  /** Null: it names nobody. */
  readonly member: bigint | null;
}

/** What stands in the way of one segment's members, and not of those of others. */
const OF_ONE_SEGMENT: ReadonlySet<string> = new Set(["fields-not-clear", "segment-not-found"]);

/**
 * Those of the rows that name nobody, or members whom whoever asks may see; that they asked is noted first.
 * `onHidden` is told of each segment whose members are not for them, and why.
 */
export async function namedBySegment<Row extends RowOfSegment>(
  scene: SightScene,
  asked: AskingOptions,
  about: {
    readonly rows: readonly Row[];
    readonly onHidden: (segment: string, why: string) => void;
  },
): Promise<readonly Row[]> {
  const { rows, onHidden } = about;
  const seen = new Map<string, ReadonlySet<bigint>>();
  const naming = rows.filter(({ member }) => member !== null);
  for (const [segment, own] of Map.groupBy(naming, (row) => row.segment)) {
    const members = [...new Set(own.flatMap(({ member }) => member ?? []))];
    const asking = namedAmong(scene, asked, { criteria: { segment }, members });
    const named = await asking.catch((error: unknown) => {
      if (!(error instanceof WaybillError && OF_ONE_SEGMENT.has(error.code))) {
        throw error;
      }
      onHidden(segment, error.message);
      return new Set<bigint>();
    });
    seen.set(segment, named);
  }
  return rows.filter(({ segment, member }) => member === null || seen.get(segment)?.has(member));
}
