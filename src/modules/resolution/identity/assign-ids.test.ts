import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignIds, type Group } from "./assign-ids.ts";

/** What the tables keep between two assignments: ids, homes, and ids that were merged away. */
interface Register {
  readonly current: Map<bigint, bigint>;
  readonly homes: Map<bigint, bigint>;
  readonly free: Set<bigint>;
  next: bigint;
}

function registerOf(ids: readonly (readonly [bigint, bigint])[]): Register {
  return { current: new Map(ids), homes: new Map(), free: new Set(), next: 1_000n };
}

/** Carries an assignment out as the tables would: moves, homes of what moved, redirects of what emptied. */
function settle(register: Register, groups: readonly Group[]): (bigint | undefined)[] {
  const ids = assignIds(groups, register);
  const before = new Set(register.current.values());
  for (const [index, group] of groups.entries()) {
    const id = ids[index] ?? register.next++;
    for (const record of group) {
      const old = register.current.get(record) ?? id;
      if (old !== id && !register.homes.has(record)) {
        register.homes.set(record, old);
      }
      register.current.set(record, id);
    }
  }
  const living = new Set(register.current.values());
  for (const id of before) {
    if (!living.has(id)) {
      register.free.add(id);
    }
  }
  for (const id of living) {
    register.free.delete(id);
  }
  return ids;
}

const records = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];

/** Every partition of the records, as a label for each. */
const partitions = fc
  .array(fc.nat(4), { minLength: records.length, maxLength: records.length })
  .map((labels): Group[] => {
    const groups = new Map<number, bigint[]>();
    for (const [index, record] of records.entries()) {
      const label = labels[index] ?? 0;
      groups.set(label, [...(groups.get(label) ?? []), record]);
    }
    return [...groups.values()];
  });

const alone = (): Register => registerOf(records.map((record) => [record, record * 10n]));

describe("ids of groups", () => {
  test("no two groups get the same id, whatever happened before", () => {
    fc.assert(
      fc.property(fc.array(partitions, { minLength: 1, maxLength: 6 }), (history) => {
        const register = alone();
        for (const groups of history) {
          const ids = settle(register, groups).filter((id) => id !== undefined);

          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
    );
  });

  test("the same groups again keep their ids", () => {
    fc.assert(
      fc.property(fc.array(partitions, { minLength: 1, maxLength: 5 }), (history) => {
        const register = alone();
        for (const groups of history) {
          settle(register, groups);
        }
        const before = new Map(register.current);

        settle(register, history.at(-1) ?? []);

        expect(register.current).toEqual(before);
      }),
    );
  });

  test("the order of the groups does not matter", () => {
    fc.assert(
      fc.property(fc.array(partitions, { minLength: 2, maxLength: 4 }), (history) => {
        const [straight, turned] = [alone(), alone()];
        for (const groups of history.slice(0, -1)) {
          settle(straight, groups);
          settle(turned, groups);
        }
        const last = history.at(-1) ?? [];

        expect(assignIds(last.toReversed(), turned).toReversed()).toEqual(
          assignIds(last, straight),
        );
      }),
    );
  });

  test("groups that are joined and then parted again have their ids back", () => {
    fc.assert(
      fc.property(partitions, partitions, (parted, joined) => {
        const register = alone();
        settle(register, parted);
        register.homes.clear();
        register.free.clear();
        const before = new Map(register.current);
        const merged = coarsest(parted, joined);

        settle(register, merged);
        settle(register, parted);

        expect(register.current).toEqual(before);
      }),
    );
  });

  test("a group keeps the id of the most of its records, and of equals the oldest", () => {
    const register = registerOf([
      [1n, 10n],
      [2n, 20n],
      [3n, 20n],
      [4n, 30n],
      [5n, 40n],
    ]);

    expect(
      assignIds(
        [
          [1n, 2n, 3n],
          [4n, 5n],
        ],
        register,
      ),
    ).toEqual([20n, 30n]);
  });

  test("what was never apart gets a new id when it is split off", () => {
    const register = registerOf([
      [1n, 10n],
      [2n, 10n],
      [3n, 10n],
    ]);

    expect(assignIds([[1n], [2n, 3n]], register)).toEqual([undefined, 10n]);
  });

  test("a former id that lives elsewhere is not given again", () => {
    const present = {
      current: new Map([
        [1n, 10n],
        [2n, 10n],
        [3n, 10n],
      ]),
      homes: new Map([[3n, 20n]]),
      free: new Set<bigint>(),
    };

    expect(assignIds([[1n, 2n], [3n]], present)).toEqual([10n, undefined]);
  });
});

/** The finest partition that both of two partitions refine. */
function coarsest(a: readonly Group[], b: readonly Group[]): Group[] {
  const labels = new Map(records.map((record) => [record, record]));
  for (const group of [...a, ...b]) {
    const [first = 0n] = group;
    for (const record of group) {
      const [kept, gone] = [labels.get(first), labels.get(record)];
      for (const [each, label] of labels) {
        labels.set(each, label === gone ? (kept ?? label) : label);
      }
    }
  }
  const groups = new Map<bigint, bigint[]>();
  for (const [record, label] of labels) {
    groups.set(label, [...(groups.get(label) ?? []), record]);
  }
  return [...groups.values()];
}
