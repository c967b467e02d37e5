import { expect, test } from "vitest";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import type { Definition } from "../../contracts/index.ts";
import { checkScores } from "./check-scores.ts";

const catalogue = worldCatalogue("UTC");

function file(more: Record<string, unknown>, name = "spend"): Definition {
  const body = {
    score: "spend",
    title: "Spend",
    owner: "team",
    of: 'orders.within("365d").sum("amount")',
    buckets: 10,
    ...more,
  };
  return {
    kind: "score",
    name,
    file: `scores/${name}.yaml`,
    body,
    sha256: "",
    locate: (path) => ({ line: Object.keys(body).indexOf(String(path[0])) + 1, column: 1 }),
  };
}

test("scores of sums, of days and of some customers have no issues", () => {
  const files = [
    file({}),
    file({ of: "daysSince(orders.lastAt())", best: "lowest", every: "12h", buckets: 5 }),
    file({ of: "customer.balance * 2.0", among: "orders.any()" }),
  ];

  expect(checkScores(files, catalogue)).toEqual([]);
});

test.each([
  [{ score: "other" }, "score", "its file spend"],
  [{ of: "orders.any()" }, "of", "condition"],
  [{ of: 'orders.sum("amuont")' }, "of", 'no field "amuont" (at character 12)'],
  [{ of: "customer.city" }, "of", "a number is needed here, not a text"],
  [{ of: "5" }, "of", "the same for every customer"],
  [{ of: 'score("loyalty") * 2' }, "of", "cannot ask for other scores"],
  [{ among: 'in_segment("loyal")' }, "among", "cannot ask for segments"],
  [{ among: "customer.visits" }, "among", "no condition"],
  [{ buckets: 1 }, "buckets", "2 to 100"],
  [{ buckets: 2.5 }, "buckets", "whole number"],
  [{ every: "1mo" }, "every", "one hour to one year"],
  [{ every: "5m" }, "every", "one hour to one year"],
  [{ best: "most" }, "best", "expected"],
])("%j is an issue at %s", (more, member, message) => {
  const [issue, ...others] = checkScores([file(more)], catalogue);

  expect(others).toEqual([]);
  expect(issue?.at).toBe(`scores/spend.yaml: ${member}`);
  expect(issue?.message).toContain(message);
});
