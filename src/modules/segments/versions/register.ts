import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { copyDefinitions } from "../store/definitions.ts";
import {
  abandonVersion,
  beginFollowing,
  insertVersions,
  raiseRevision,
  registerSegments,
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
    await insertAll(tx, decision, { at, actor, refusals });
  }
  if (decision.register.length > 0 || decision.abandon.length > 0) {
    await raiseRevision(tx);
  }
}

async function insertAll(
  tx: Transaction,
  { register: versions }: Decision,
  { at, actor, refusals }: Registering,
): Promise<void> {
  const copies = versions.flatMap(({ name, version, copyOf }) =>
    copyOf === undefined ? [] : [{ name, from: copyOf, to: version }],
  );
  await copyDefinitions(tx, copies, { at, actor });
  const segments = await registerSegments(
    tx,
    versions.map(({ name }) => name),
  );
  const subjects = new Map<string, number>();
  for (const subject of new Set(versions.map((one) => one.subject))) {
    subjects.set(subject, await registerSubject(tx, subject));
  }
  const refused = new Map(
    versions
      .filter(({ meaning }) => refusals.has(meaning))
      .map(({ name, version }) => [name, version]),
  );
  const registered = versions.map(({ name, version, subject, nested, meaning }) => ({
    segment: must(segments.get(name), "every name was registered"),
    version,
    subject: must(subjects.get(subject), "every subject was registered"),
    nested,
    meaning,
    failure: refusals.get(meaning) ?? insideRefused(nested, refused),
  }));
  await insertVersions(tx, registered, at);
}

/** A version cannot come into force when one that stands inside it does not. */
function insideRefused(
  nested: Readonly<Record<string, number>>,
  refused: ReadonlyMap<string, number>,
): string | undefined {
  const inside = Object.keys(nested).find((name) => refused.get(name) === nested[name]);
  return inside === undefined ? undefined : refusedInside(inside);
}

export function refusedInside(name: string): string {
  return `the segment ${name}, which it names, was refused`;
}
