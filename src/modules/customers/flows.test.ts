import fc from "fast-check";
import { expect, test } from "vitest";
import { flowsOf, leaderOf, mainFlows, tellFlow } from "./flows.ts";

const id = fc.bigInt({ min: 1n, max: 5n });
const moves = fc.uniqueArray(
  fc.record({ record: fc.bigInt({ min: 100n, max: 120n }), before: id, after: id, home: id }),
  { selector: ({ record }) => record },
);

test("each move is in one flow, and no two flows go the same way", () => {
  fc.assert(
    fc.property(moves, (all) => {
      const flows = flowsOf(all);

      const back = flows.flatMap(({ before, after, records }) =>
        records.map((record) => ({ record, before, after })),
      );
      expect(new Set(back.map((move) => `${move.record} ${move.before} ${move.after}`))).toEqual(
        new Set(all.map((move) => `${move.record} ${move.before} ${move.after}`)),
      );
      expect(back).toHaveLength(all.length);
      expect(new Set(flows.map(({ before, after }) => `${before} ${after}`)).size).toBe(
        flows.length,
      );
    }),
  );
});

test("flows do not depend on the order of the moves", () => {
  fc.assert(
    fc.property(moves, (all) => {
      expect(flowsOf(all.toReversed())).toEqual(flowsOf(all));
    }),
  );
});

test("a row's main flow is the one with most natives, then its largest, and of equals the one to the oldest row", () => {
  const flows = flowsOf([
    { record: 1n, before: 7n, after: 9n, home: 5n },
    { record: 2n, before: 7n, after: 8n, home: 5n },
    { record: 3n, before: 7n, after: 8n, home: 5n },
    { record: 4n, before: 6n, after: 9n, home: 6n },
    { record: 5n, before: 6n, after: 8n, home: 6n },
  ]);

  expect(mainFlows(flows)).toEqual([
    { before: 6n, after: 8n, records: [5n], natives: [5n] },
    { before: 7n, after: 8n, records: [2n, 3n], natives: [] },
  ]);
});

test("a row's natives lead, however many guests go another way", () => {
  const flows = flowsOf([
    { record: 1n, before: 7n, after: 8n, home: 5n },
    { record: 2n, before: 7n, after: 8n, home: 5n },
    { record: 3n, before: 7n, after: 9n, home: 5n },
    { record: 4n, before: 7n, after: 9n, home: 7n },
  ]);

  expect(mainFlows(flows).map((flow) => [flow.after, leaderOf(flow)])).toEqual([[9n, 4n]]);
});

test("a flow is a merge when the row it leaves is gone, a split when the row it reaches is born", () => {
  const flow = { before: 1n, after: 2n, records: [5n], natives: [] };
  const outcome = (gone: readonly bigint[], born: readonly bigint[]) => {
    const { row, other, ...told } = tellFlow(flow, { gone: new Set(gone), born: new Set(born) });
    return [told.outcome, row, other];
  };

  expect(outcome([1n], [])).toEqual(["merged", 1n, 2n]);
  expect(outcome([1n], [2n])).toEqual(["merged", 1n, 2n]);
  expect(outcome([], [2n])).toEqual(["split", 2n, 1n]);
  expect(outcome([], [])).toEqual(["regrouped", 1n, 2n]);
});
