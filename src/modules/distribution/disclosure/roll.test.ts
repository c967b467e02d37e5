import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeIds } from "../../segments/index.ts";
import { IdSet } from "./id-set.ts";
import { DisclosureRoll } from "./roll.ts";

const ids = fc.array(fc.bigInt({ min: 1n, max: 2n ** 40n }), { maxLength: 200 });

test("whoever was added to a roll, in whatever order, is in its parts once, by forms", () => {
  fc.assert(
    fc.property(ids, ids, (clear, partial) => {
      const roll = new DisclosureRoll();
      const [one, two] = [roll.forms({ email: "clear" }), roll.forms({ email: "partial" })];
      clear.forEach((id) => roll.add(id, one));
      partial.forEach((id) => roll.add(id, two));

      const found = { clear: [] as bigint[], partial: [] as bigint[] };
      for (const { forms, customers, first, last } of roll.parts()) {
        const list = decodeIds(customers);
        expect([list[0], list.at(-1)]).toEqual([first, last]);
        found[forms["email"] === "clear" ? "clear" : "partial"].push(...list);
      }

      expect(roll.size).toBe(clear.length + partial.length);
      expect(found.clear).toEqual([...new Set(clear)].toSorted(ascending));
      expect(found.partial).toEqual([...new Set(partial)].toSorted(ascending));
    }),
  );
});

test("many at once are as one after another, in whatever order, first or later", () => {
  fc.assert(
    fc.property(ids, ids, (before, many) => {
      const [one, other] = [new DisclosureRoll(), new DisclosureRoll()];
      const forms = { email: "clear" } as const;
      before.forEach((id) => one.add(id, one.forms(forms)));
      before.forEach((id) => other.add(id, other.forms(forms)));

      many.forEach((id) => one.add(id, one.forms(forms)));
      other.addAll(Float64Array.from(many, Number), other.forms(forms));

      expect([...other.parts()]).toEqual([...one.parts()]);
      expect(other.size).toBe(one.size);
    }),
  );
});

test("the same forms in another order are the same forms", () => {
  const roll = new DisclosureRoll();

  expect(roll.forms({ a: "clear", b: "bucket" })).toBe(roll.forms({ b: "bucket", a: "clear" }));
});

test("a million customers in a row take about one byte each, in parts of some thousand", () => {
  const roll = new DisclosureRoll();
  const forms = roll.forms({ email: "clear" });
  for (let id = 1n; id <= 1_000_000n; id += 1n) {
    roll.add(id, forms);
  }

  const parts = [...roll.parts()];

  expect(parts.length).toBe(667);
  expect(parts.reduce((sum, { customers }) => sum + customers.length, 0)).toBeLessThan(1_010_000);
});

test("a set of ids has each once, and gives pages of them in order", () => {
  fc.assert(
    fc.property(ids, fc.bigInt({ min: 0n, max: 2n ** 40n }), fc.nat(20), (all, after, limit) => {
      const set = new IdSet();
      all.forEach((id) => set.add(id));
      const sorted = [...new Set(all)].toSorted(ascending);

      expect(set.size).toBe(sorted.length);
      expect(set.after(after, limit)).toEqual(sorted.filter((id) => id > after).slice(0, limit));
    }),
  );
});

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
