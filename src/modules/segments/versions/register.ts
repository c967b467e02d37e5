import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  abandonVersion,
  beginFollowing,
  copyDefinition,
  insertVersion,
  raiseRevision,
  registerSegment,
  registerSubject,
} from "../store/versions.ts";
import type { Decision } from "./decide.ts";

export interface Registering {
  readonly at: Date;
  readonly actor: string;
  /** Why versions are refused before they are filled, by the digest of what they mean. */
  readonly refusals: ReadonlyMap<string, string>;
}

/**
 * Gives every new version its slot. From the next batch on, followers keep it right for whoever
 * changes; filling brings in everybody else.
 *
 * The transaction holds the locks of the definitions and of `_following`.
 */
export async function register(
  tx: Transaction,
  decision: Decision,
  { at, actor, refusals }: Registering,
): Promise<void> {
  for (const { segment, version } of decision.abandon) {
    await abandonVersion(tx, { segment, version, failure: "another version took its place" });
  }
  if (decision.register.length > 0) {
    await beginFollowing(tx);
  }
  for (const one of decision.register) {
    const { name, version, copyOf, nested, meaning } = one;
    if (copyOf !== undefined) {
      await copyDefinition(tx, { name, from: copyOf, to: version, at, actor });
    }
    const segment = await registerSegment(tx, name);
    const subject = await registerSubject(tx, one.subject);
    const failure = refusals.get(meaning) ?? insideRefused(decision, one.nested, refusals);
    await insertVersion(tx, { segment, version, subject, nested, meaning, at, failure });
  }
  if (decision.register.length > 0 || decision.abandon.length > 0) {
    await raiseRevision(tx);
  }
}

/** A version cannot come into force when one that stands inside it does not. */
function insideRefused(
  { register: versions }: Decision,
  nested: Readonly<Record<string, number>>,
  refusals: ReadonlyMap<string, string>,
): string | undefined {
  const inside = versions.find(
    ({ name, version, meaning }) => nested[name] === version && refusals.has(meaning),
  );
  return inside === undefined ? undefined : refusedInside(inside.name);
}

export function refusedInside(name: string): string {
  return `the segment ${name}, which it names, was refused`;
}
