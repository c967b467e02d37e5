import { describe, expect, test } from "vitest";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import { segmentSchema } from "../definition.ts";
import type { KeptVersion, VersionState } from "../store/versions.ts";
import { decide, type Decision, type Registration, type Situation } from "./decide.ts";

type Wanted = readonly [segment: string, criteria: string, version?: number];

function situation(
  wanted: readonly Wanted[],
  more: Partial<Situation> & { readonly timeZone?: string } = {},
): Situation {
  const { timeZone = "Europe/Berlin", kept = [], ...rest } = more;
  const names = [...new Set(kept.map(({ name }) => name))];
  return {
    catalogue: worldCatalogue(timeZone),
    wanted: wanted.map(([segment, criteria, version = 1]) => {
      const common = { title: segment, kind: "behavioural", owner: "team", purpose: "marketing" };
      return { definition: segmentSchema.parse({ segment, criteria, ...common }), version };
    }),
    kept,
    known: names.map((name, index) => ({ segment: index + 1, name, version: 1 })),
    retry: false,
    ...rest,
  };
}

/** What a registration becomes. */
function keptOf(registration: Registration, state: VersionState = "live"): KeptVersion {
  const { name, version, subject, nested, meaning } = registration;
  return {
    segment: 1,
    name,
    version,
    slot: 0,
    subject,
    state,
    inForce: state === "live",
    filledFrom: null,
    filledTo: null,
    registeredAt: new Date(0),
    switchedAt: null,
    retiredAt: null,
    members: 0n,
    nested,
    meaning,
    failure: state === "refused" ? "too large" : null,
  };
}

function settled(...wanted: readonly Wanted[]): readonly KeptVersion[] {
  return decide(situation(wanted)).register.map((one) => keptOf(one));
}

function versionsOf({ register }: Decision): readonly (readonly unknown[])[] {
  return register.map(({ name, version, copyOf, nested }) => [name, version, copyOf, nested]);
}

describe("what has to happen so that the versions kept are those that the definitions ask for:", () => {
  test("those that stand inside others come before them, and are bound to their versions", () => {
    const decision = decide(
      situation([
        ["outer", 'in_segment("middle")'],
        ["middle", '!in_segment("inner")'],
        ["inner", "customer.vip"],
      ]),
    );

    expect(versionsOf(decision)).toEqual([
      ["inner", 1, undefined, {}],
      ["middle", 1, undefined, { inner: 1 }],
      ["outer", 1, undefined, { inner: 1, middle: 1 }],
    ]);
  });

  test("who names a segment that changed gets a version of its own, with the same text", () => {
    const kept = settled(["outer", 'in_segment("inner")'], ["inner", "customer.vip"]);

    const decision = decide(
      situation(
        [
          ["outer", 'in_segment("inner")'],
          ["inner", "!customer.vip", 2],
        ],
        { kept },
      ),
    );

    expect(versionsOf(decision)).toEqual([
      ["inner", 2, undefined, {}],
      ["outer", 2, 1, { inner: 2 }],
    ]);
  });

  test("another spelling of the same criteria is nothing new", () => {
    const kept = settled(["some", "customer.vip && customer.visits > 1"]);

    const decision = decide(
      situation([["some", "(customer.vip)  &&  (customer.visits > 1)", 2]], { kept }),
    );

    expect(decision).toEqual({ register: [], abandon: [], archive: [], unfit: [] });
  });

  test("an edit that is taken back before it is in force is given up", () => {
    const kept = settled(["some", "customer.vip"]);
    const edits = decide(situation([["some", "!customer.vip", 2]], { kept })).register;
    const filling = edits.map((edit) => keptOf(edit, "filling"));

    const decision = decide(
      situation([["some", "customer.vip", 3]], { kept: [...kept, ...filling] }),
    );

    expect([decision.register, decision.abandon]).toEqual([[], filling]);
    expect(filling).toHaveLength(1);
  });

  test("another time zone is another meaning only where the clock matters", () => {
    const criteria = ["customer.vip", "age(customer.birth_date) >= 18"] as const;
    const wanted: readonly Wanted[] = [
      ["timeless", criteria[0]],
      ["timed", criteria[1]],
    ];

    const decision = decide(
      situation(wanted, { kept: settled(...wanted), timeZone: "Asia/Tokyo" }),
    );

    expect(versionsOf(decision)).toEqual([["timed", 2, 1, {}]]);
  });

  test("a refused version is let be, with those that name the segment, until somebody asks for it", () => {
    const inner: Wanted = ["inner", "customer.vip"];
    const outer: Wanted = ["outer", 'in_segment("inner")'];
    const kept = settled(outer, inner);
    const edited: readonly Wanted[] = [outer, ["inner", "!customer.vip", 2]];
    const edits = decide(situation(edited, { kept })).register;
    const refused = edits.filter(({ name }) => name === "inner");
    const afterwards = situation(edited, {
      kept: [...kept, ...refused.map((edit) => keptOf(edit, "refused"))],
    });

    expect(decide(afterwards).register).toEqual([]);
    expect(versionsOf(decide({ ...afterwards, retry: true }))).toEqual([
      ["inner", 2, undefined, {}],
      ["outer", 2, 1, { inner: 2 }],
    ]);
  });

  test("what is no longer defined is archived, and what does not fit stays as it is", () => {
    const kept = settled(["gone", "customer.vip"], ["broken", "customer.visits > 1"]);

    const decision = decide(situation([["broken", "customer.shoe_size > 1", 2]], { kept }));

    expect(decision.register).toEqual([]);
    expect(decision.archive.map(({ name }) => name)).toEqual(["gone"]);
    expect(decision.unfit.map(({ name }) => name)).toEqual(["broken"]);
  });

  test("who names a segment that never came into force cannot either", () => {
    const decision = decide(
      situation([
        ["broken", "customer.shoe_size > 1"],
        ["outer", 'in_segment("broken") || customer.vip'],
      ]),
    );

    expect(decision.register).toEqual([]);
    expect(decision.unfit.map(({ reason }) => reason)).toEqual([
      'criteria, line 1, column 10: customers has no field "shoe_size"',
      "it names the segment broken, which has no version in force",
    ]);
  });

  test("segments that name each other in a circle are said to", () => {
    const decision = decide(
      situation([
        ["hen", 'in_segment("egg")'],
        ["egg", 'in_segment("hen")'],
      ]),
    );

    expect(decision.unfit.map(({ name, reason }) => [name, reason])).toEqual([
      ["egg", "segments name each other in a circle: egg → hen → egg"],
      ["hen", "segments name each other in a circle: hen → egg → hen"],
    ]);
  });
});
