import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintsOf } from "./constraints.ts";
import { type Judge, type Judgement, type Verdict, standingPairs } from "./judgement.ts";

const at = new Date("2026-03-01T12:00:00Z");

/** What one voice says of a pair; the log numbers them. */
interface Saying {
  readonly pair: readonly [bigint, bigint];
  readonly judge: Judge;
  readonly who: string;
  readonly verdict: Verdict | null;
}

function logOf(sayings: readonly Saying[]): Judgement[] {
  return sayings.map(({ pair: [left, right], judge, who, verdict }, index) => {
    const rest = { model: null, foundBy: null, weight: null, reason: null };
    return { judgement: BigInt(index + 1), left, right, judge, who, verdict, at, ...rest };
  });
}

const person = (who: string, pair: readonly [bigint, bigint], verdict: Verdict | null): Saying => ({
  pair,
  judge: "person",
  who,
  verdict,
});

const pairs = fc
  .tuple(fc.bigInt(1n, 5n), fc.bigInt(1n, 5n))
  .filter(([left, right]) => left < right);
const voices = fc.constantFrom<Pick<Saying, "judge" | "who">>(
  { judge: "model", who: "model" },
  { judge: "rule", who: "email" },
  { judge: "rule", who: "phone" },
  { judge: "person", who: "ada" },
  { judge: "person", who: "ben" },
);
const verdicts = fc.constantFrom<Verdict | null>("same", "different", "unsure", null);
const sayings = fc
  .record({ pair: pairs, voice: voices, verdict: verdicts })
  .map(({ voice, ...rest }) => ({ ...rest, ...voice }));
const manySayings = fc.array(sayings, { maxLength: 40 });

const rulings = (log: readonly Judgement[]) =>
  standingPairs(log).map(({ left, right, ruling }) => [left, right, ruling.verdict, ruling.who]);

describe("what stands", () => {
  test("does not depend on the order in which the log is read", () => {
    fc.assert(
      fc.property(manySayings, fc.array(fc.nat()), (said, shuffle) => {
        const log = logOf(said);
        const shuffled = log.toSorted(
          (a, b) => (shuffle[Number(a.judgement)] ?? 0) - (shuffle[Number(b.judgement)] ?? 0),
        );

        expect(standingPairs(shuffled)).toEqual(standingPairs(log));
      }),
    );
  });

  test("stands when it is judged by itself again", () => {
    fc.assert(
      fc.property(manySayings, (said) => {
        const once = standingPairs(logOf(said));

        expect(standingPairs(once.flatMap(({ standing }) => standing))).toEqual(once);
      }),
    );
  });

  test("is the same whichever of two different voices spoke first, save between equals on one pair", () => {
    fc.assert(
      fc.property(manySayings, sayings, sayings, (said, a, b) => {
        fc.pre(a.judge !== b.judge || a.pair.join() !== b.pair.join());

        expect(rulings(logOf([...said, a, b]))).toEqual(rulings(logOf([...said, b, a])));
      }),
    );
  });

  test("a person's word outlives every run of models and rules", () => {
    const machines = manySayings.map((said) => said.filter(({ judge }) => judge !== "person"));
    const spoken = fc.constantFrom<Verdict>("same", "different", "unsure");
    fc.assert(
      fc.property(machines, machines, fc.tuple(pairs, spoken), (before, after, [pair, verdict]) => {
        const log = logOf([...before, person("ada", pair, verdict), ...after]);

        const state = standingPairs(log).find(
          ({ left, right }) => left === pair[0] && right === pair[1],
        );

        expect(state?.ruling).toMatchObject({ judge: "person", who: "ada", verdict });
      }),
    );
  });

  test("taking back restores what held before a voice first spoke", () => {
    fc.assert(
      fc.property(manySayings, pairs, verdicts, (said, pair, verdict) => {
        const before = logOf(said);
        const log = logOf([...said, person("cleo", pair, verdict), person("cleo", pair, null)]);

        expect(rulings(log)).toEqual(rulings(before));
      }),
    );
  });

  test("of two persons the later one holds, and when she takes it back the earlier one", () => {
    const said = [person("ada", [1n, 2n], "same"), person("ben", [1n, 2n], "different")];

    expect(rulings(logOf(said))).toEqual([[1n, 2n, "different", "ben"]]);
    expect(rulings(logOf([...said, person("ben", [1n, 2n], null)]))).toEqual([
      [1n, 2n, "same", "ada"],
    ]);
  });
});

describe("constraints", () => {
  const demands = (said: readonly Saying[]) => constraintsOf(standingPairs(logOf(said)));

  test("the newest of persons who contradict each other holds, and the loser is named", () => {
    const { together, apart, overruled } = demands([
      person("ada", [1n, 2n], "same"),
      person("ben", [2n, 3n], "same"),
      person("cleo", [1n, 3n], "different"),
    ]);

    expect(apart.map(({ who }) => who)).toEqual(["cleo"]);
    expect(together.map(({ who }) => who)).toEqual(["ben"]);
    expect(overruled.map(({ who }) => who)).toEqual(["ada"]);
  });

  test("a person's word overrules a rule over several pairs", () => {
    const { together, overruled } = demands([
      person("ada", [1n, 3n], "different"),
      { pair: [1n, 2n], judge: "rule", who: "email", verdict: "same" },
      { pair: [2n, 3n], judge: "rule", who: "email", verdict: "same" },
    ]);

    expect(together.map(({ left, right }) => [left, right])).toEqual([[1n, 2n]]);
    expect(overruled.map(({ left, right }) => [left, right])).toEqual([[2n, 3n]]);
  });

  test("can always all be met at once, and none is overruled without reason", () => {
    fc.assert(
      fc.property(manySayings, (said) => {
        const { together, apart, overruled } = demands(said);
        const groups = naiveGroups(together.map(({ left, right }) => [left, right]));

        for (const { left, right } of apart) {
          expect(groups.get(left)).not.toBe(groups.get(right));
        }
        for (const loser of overruled.filter(({ verdict }) => verdict === "different")) {
          expect(groups.get(loser.left)).toBe(groups.get(loser.right));
        }
        for (const loser of overruled.filter(({ verdict }) => verdict === "same")) {
          const joined = naiveGroups([
            ...together.map(({ left, right }) => [left, right] as const),
            [loser.left, loser.right],
          ]);
          expect(apart.some(({ left, right }) => joined.get(left) === joined.get(right))).toBe(
            true,
          );
        }
      }),
    );
  });
});

/** The label of each record's group, by relabelling until nothing changes. */
function naiveGroups(links: readonly (readonly [bigint, bigint])[]): Map<bigint, bigint> {
  const labels = new Map([1n, 2n, 3n, 4n, 5n].map((record) => [record, record]));
  for (const [left, right] of links) {
    const [kept, gone] = [labels.get(left) ?? 0n, labels.get(right) ?? 0n];
    for (const [record, label] of labels) {
      labels.set(record, label === gone ? kept : label);
    }
  }
  return labels;
}
