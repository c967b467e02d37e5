/** Who is in the segments of a client: as stored, and as the data and the clock say. */
import { matchesQuery } from "../../src/modules/criteria/index.ts";
import type { SegmentClient } from "../../src/modules/segments/index.ts";
import { hasSlot } from "../../src/modules/segments/membership/bits.ts";
import { EACH_MOVE } from "../../src/modules/segments/store/moves.ts";
import { selectKept } from "../../src/modules/segments/store/versions.ts";
import { openBook } from "../../src/modules/segments/versions/open-book.ts";

/** Ids of the members by segment. */
export type Memberships = Readonly<Record<string, readonly number[]>>;

/** Memberships, and of how many answers they are: segments × members. */
export interface Evaluation {
  readonly memberships: Memberships;
  readonly checks: number;
}

/** By the versions in force. */
export async function storedMemberships({ db, scope }: SegmentClient): Promise<Memberships> {
  return await db.scoped(scope, async (tx) => {
    const inForce = (await selectKept(tx)).filter((version) => version.inForce);
    const rows = await tx.rows<{ member: bigint; bits: Buffer }>(
      "select member, bits from _members order by member",
    );
    return Object.fromEntries(
      inForce.map(({ name, slot }) => [
        name,
        rows
          .filter(({ bits }) => slot !== null && hasSlot(bits, slot))
          .map(({ member }) => Number(member)),
      ]),
    );
  });
}

/** By the definitions in force, as if nothing were stored. */
export async function evaluatedMemberships(
  { db, scope, catalogue }: SegmentClient,
  asOf: Date,
): Promise<Evaluation> {
  return await db.scoped(scope, async (tx) => {
    const book = await openBook(tx, catalogue);
    const memberships: Record<string, readonly number[]> = {};
    let checks = 0;
    const bySubject = Map.groupBy(
      book.names,
      (name) => book.definition(name).subject ?? "customers",
    );
    for (const [subject, names] of bySubject) {
      const criteria = names.map((name) => book.criteria(name));
      const { sql, values } = matchesQuery(criteria, { catalogue, asOf, segments: book.resolve });
      const rows = await tx.rows<{ _id: bigint; matches: number[] }>(
        `select _id, matches from (${sql}) m order by _id`,
        values,
      );
      names.forEach((name, index) => {
        memberships[name] = rows
          .filter(({ matches }) => matches.includes(index))
          .map(({ _id }) => Number(_id));
      });
      const counted = await tx.row<{ rows: number }>(
        `select count(*)::int4 as rows from ${subject}`,
      );
      checks += names.length * counted.rows;
    }
    return { memberships, checks };
  });
}

/** Members of whom history says that they entered twice, or left twice, with nothing in between. */
export async function brokenHistories({ db, scope }: SegmentClient): Promise<number> {
  const { broken } = await db.scoped(scope, (tx) =>
    tx.row<{ broken: number }>(
      `select count(*)::int4 as broken
         from (select h.entered = lag(h.entered) over (partition by h.segment, h.version, move.member
                                                       order by move.change) as again
                 from _membership_moves h ${EACH_MOVE}) moves
        where again`,
    ),
  );
  return broken;
}
