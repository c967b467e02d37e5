/** What history says of entries and exits does not depend on how they lie: each by itself, or those alike together. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { EVERYTHING, history, membersAt } from "../index.ts";
import { selectEntries } from "./entries.ts";
import { EACH_MOVE } from "./moves.ts";

const MIGRATION = new URL(
  "../../../../migrations/client/0017_membership_moves.sql",
  import.meta.url,
);

/** The table as it was before, with what the new ones have, and the entries that stood in the change log. */
const AS_SINGLE_MOVES = `
  create table _membership_history (
    change       bigint primary key,
    at           timestamptz not null,
    member       bigint not null,
    segment      integer not null,
    version      integer not null,
    entered      boolean not null,
    cause        _membership_cause not null,
    caused_by    bigint,
    until        timestamptz
  );
  create index _membership_history_segment_idx on _membership_history (segment, at);
  create index _membership_history_member_idx on _membership_history (member, at);
  insert into _membership_history
  select move.change, h.at, move.member, h.segment, h.version, h.entered, h.cause, move.caused_by, move.until
    from _membership_moves h ${EACH_MOVE};
  insert into _changes (change, at, kind, dataset, row_id, customer, actor)
  select m.change, m.at, (case when m.entered then 'segment-entered' else 'segment-left' end)::_change_kind, s.name,
         m.version, m.member, 'segments'
    from _membership_history m join _segments s on s.segment = m.segment;
  drop table _membership_moves, _moved_members;`;

const berlin = { segment: "berlin", criteria: 'customer.city == "Berlin"' };
const buyers = { segment: "buyers", criteria: 'orders.within("30d").any()' };
const sleepers = { segment: "sleepers", criteria: 'orders.within("30d").none()' };

/** Several who enter and leave at once, by data and by the clock. */
async function open(): Promise<KeptWorld> {
  const kept = await KeptWorld.open(berlin, buyers, sleepers);
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }], "C");
  await kept.follow();
  await kept.orders(order("A", "2026-02-20", "1.00"), order("C", "2026-02-21", "1.00"));
  await kept.people(["A", { city: "Bonn" }]);
  await kept.follow();
  kept.clock.set(new Date("2026-04-01T00:00:00Z"));
  await kept.follow();
  return kept;
}

/** All that can be asked about what happened, page by page. */
async function told({ client, world, clock }: KeptWorld): Promise<unknown> {
  const people = await world.query<{ id: bigint }>("select _id as id from customers order by _id");
  const questions = [{}, { segment: "buyers" }, ...people.map(({ id }) => ({ member: id }))];
  const pages = [];
  for (const question of [...questions, { segment: "sleepers", member: people[0]?.id }]) {
    for (let before: bigint | undefined, more = true; more;) {
      const asked = { ...question, before, limit: 2, view: EVERYTHING };
      const { entries, next } = await history(client, asked);
      pages.push(entries);
      before = next;
      more = next !== undefined;
    }
  }
  const asOf = { at: new Date(clock.now().getTime() - 15 * 86_400_000), after: 0n, limit: 10 };
  const then = [];
  for (const segment of ["berlin", "buyers", "sleepers"]) {
    then.push(await client.db.scoped(client.scope, (tx) => membersAt(tx, { segment, ...asOf })));
  }
  return { pages, then };
}

test("moves that were stored one by one are told as before when those alike lie together", async () => {
  await using kept = await open();
  const before = { moves: await kept.moves(), told: await told(kept) };
  await kept.define(AS_SINGLE_MOVES);

  await kept.define(await readFile(MIGRATION, "utf8"));

  const signs = before.moves.map(({ entered, segment }) => `${entered ? "+" : "-"}${segment}`);
  expect(signs.join(" ")).toBe(
    "+berlin +berlin +sleepers +sleepers +sleepers " +
      "-sleepers -sleepers -berlin +buyers +buyers " +
      "-buyers -buyers +sleepers +sleepers",
  );
  expect({ moves: await kept.moves(), told: await told(kept) }).toEqual(before);
  expect(await kept.world.query("select change from _changes where kind = 'segment-left'")).toEqual(
    [],
  );
});

test("whoever reads on from a number in the midst of those that moved together misses none and gets none twice", async () => {
  await using kept = await open();
  const all = (await kept.moves()).map(({ change }) => change);
  const range = { upTo: all.at(-1) ?? 0n, segments: undefined, limit: 2 };
  const { db, scope } = kept.client;

  for (const after of [0n, ...all]) {
    const read = await db.scoped(scope, (tx) => selectEntries(tx, { ...range, after }));

    const rest = all.filter((change) => change > after).slice(0, 2);
    expect(read.map(({ change }) => change)).toEqual(rest);
  }
});
