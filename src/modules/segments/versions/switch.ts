import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { insertSwitches, logSwitches } from "../store/switches.ts";
import {
  abandonVersion,
  archiveSegment,
  beginTime,
  FILLED,
  raiseRevision,
  switchVersions,
  type KeptVersion,
} from "../store/versions.ts";
import type { Decision, Situation } from "./decide.ts";
import { refusedInside } from "./register.ts";

/** A version that came into force. */
export interface Switched {
  readonly segment: string;
  readonly version: number;
  /** The version that it took the place of; undefined: it is the segment's first. */
  readonly before: number | undefined;
  readonly members: bigint;
}

/** A version that did not come into force; the one before it, if there is one, stays. */
export interface Refused {
  readonly segment: string;
  readonly version: number;
  readonly reason: string;
}

export interface Switching {
  readonly switched: readonly Switched[];
  readonly archived: readonly string[];
  readonly refused: readonly Refused[];
}

/** Whether all that is to come into force has been filled. */
export function isFilled({ kept }: Situation): boolean {
  return kept.every(({ state, filledTo }) => state !== "filling" || filledTo === FILLED);
}

/**
 * Puts every filled version in force at once, with removed segments out of force, so that nobody sees
 * segments that name each other half changed. A version whose size is outside its limits is refused,
 * and with it those that it stands inside of.
 *
 * The transaction holds the locks of the definitions and of `_following`.
 */
export async function switchAll(
  tx: Transaction,
  { situation, decision }: { readonly situation: Situation; readonly decision: Decision },
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<Switching> {
  const filling = situation.kept.filter(({ state }) => state === "filling");
  const reasons = refusals(filling, situation);
  const refused = [...reasons].map(([{ name, version }, reason]): Refused => {
    return { segment: name, version, reason };
  });
  for (const [{ segment, version }, failure] of reasons) {
    await abandonVersion(tx, { segment, version, failure });
  }
  const accepted = filling.filter((version) => !reasons.has(version));
  const ends = await switchVersions(tx, accepted, at);
  const removals: InForce[] = [];
  for (const { segment, name } of decision.archive) {
    const { before, removal } = await archiveSegment(tx, { segment, at });
    removals.push(...(before === undefined ? [] : [{ segment, name, version: removal }]));
  }
  await noteSwitches(tx, [...accepted, ...removals], {
    at,
    actor,
    ended: new Set([...ends.keys(), ...removals.map(({ segment }) => segment)]),
  });
  const archived = decision.archive.map(({ name }) => name);
  if (filling.length > 0 || archived.length > 0) {
    await raiseRevision(tx);
    await beginTime(tx, at);
  }
  const switched = accepted.map(({ segment, name, version, members }): Switched => {
    return { segment: name, version, before: ends.get(segment), members };
  });
  return { switched, archived, refused };
}

/** A segment with the version that is in force, or that says it was removed. */
interface InForce {
  readonly segment: number;
  readonly name: string;
  readonly version: number;
}

/** @param noting `ended`: segments of which another version was in force before */
async function noteSwitches(
  tx: Transaction,
  switches: readonly InForce[],
  {
    at,
    actor,
    ended,
  }: {
    readonly at: Date;
    readonly actor: string;
    readonly ended: ReadonlySet<number>;
  },
): Promise<void> {
  if (switches.length === 0) {
    return;
  }
  const changes = await logSwitches(tx, switches, { at, actor });
  const noted = switches
    .filter(({ segment }) => ended.has(segment))
    .map(({ segment, name, version }) => {
      return { segment, version, change: must(changes.get(name), "every switch was logged") };
    });
  await insertSwitches(tx, noted, at);
}

function refusals(
  filling: readonly KeptVersion[],
  situation: Situation,
): ReadonlyMap<KeptVersion, string> {
  const bySize = filling.flatMap((version) => {
    const reason = sizeRefusal(version, situation);
    return reason === undefined ? [] : [[version, reason] as const];
  });
  const reasons = new Map(bySize);
  // `nested` has every depth, so one round reaches all that stand around a refused one.
  for (const [{ name, version }] of bySize) {
    for (const outer of filling.filter(({ nested }) => nested[name] === version)) {
      reasons.set(outer, reasons.get(outer) ?? refusedInside(name));
    }
  }
  return reasons;
}

/** A first version is never refused for its size: there is no other to stay with. */
function sizeRefusal(version: KeptVersion, { wanted, known }: Situation): string | undefined {
  const { definition } = must(
    wanted.find((one) => one.definition.segment === version.name),
    "a version that is filled is wanted",
  );
  const isFirst = known.find(({ name }) => name === version.name)?.version === null;
  return isFirst ? undefined : outsideLimits(definition.size, version.members);
}

/** In what way a size is outside the limits of a segment; undefined when it is within. */
export function outsideLimits(
  size: { readonly atLeast?: number | undefined; readonly atMost?: number | undefined } | undefined,
  members: bigint,
): string | undefined {
  const { atLeast, atMost } = size ?? {};
  if (atLeast !== undefined && members < atLeast) {
    return `it would have ${members} members, and its definition says at least ${atLeast}`;
  }
  return atMost !== undefined && members > atMost
    ? `it would have ${members} members, and its definition says at most ${atMost}`
    : undefined;
}
