import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { countsOnly, EVERYTHING } from "../counts-view.ts";
import type { Overlap, Upset } from "../overlap.ts";
import type { Trend } from "../trend.ts";
import { testCatalogue } from "../../../../../tests/support/catalogue.ts";
import { overlapSvg } from "./overlap-matrix.ts";
import { percent, shortCount, shortened, ticksTo } from "./svg.ts";
import { trendSvg } from "./trend-chart.ts";
import { upsetSvg } from "./upset-plot.ts";

const overlap: Overlap = {
  subject: "customers",
  segments: [
    { name: "berlin", members: 12_000 },
    { name: "vip", members: 400 },
    { name: "few", members: 0 },
  ],
  pairs: [
    {
      left: "berlin",
      right: "vip",
      both: 100,
      shareOfLeft: 100 / 12_000,
      shareOfRight: 0.25,
      jaccard: 0.008,
    },
    { left: "berlin", right: "few", both: 0, shareOfLeft: 0, shareOfRight: 0, jaccard: 0 },
    { left: "vip", right: "few", both: 0, shareOfLeft: 0, shareOfRight: 0, jaccard: 0 },
  ],
};

const upset: Upset = {
  subject: "customers",
  segments: overlap.segments,
  combinations: [
    { segments: ["berlin"], members: 11_900 },
    { segments: ["berlin", "vip"], members: 100 },
  ],
  others: { combinations: 3, members: 40 },
};

const day = (count: number): Date => new Date(Date.UTC(2026, 2, 1 + count));
const trend: Trend = {
  segment: "berlin",
  timeZone: "UTC",
  step: "day",
  since: day(0),
  before: 0,
  versions: [{ version: 3, at: day(1), archived: false }],
  points: [
    { from: day(0), to: day(1), members: 100, began: 90, entered: 20, left: 10 },
    { from: day(1), to: day(2), members: 150, began: 0, entered: 50, left: 0 },
  ],
};

const pictures = {
  overlap: (title: string) => overlapSvg(overlap, { title, view: EVERYTHING }),
  upset: (title: string) => upsetSvg(upset, { title, view: EVERYTHING }),
  trend: (title: string) => trendSvg(trend, { title, view: EVERYTHING }),
};

/** The texts of elements by their name. */
function textsOf(svg: string): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, string[]>();
  const path: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name }) => path.push(name));
  parser.on("closetag", () => path.pop());
  parser.on("text", (words) => {
    const name = path.at(-1) ?? "";
    texts.set(name, [...(texts.get(name) ?? []), words]);
  });
  parser.write(svg).close();
  return texts;
}

describe.each(Object.entries(pictures))("the picture of the %s", (_, draw) => {
  test("is well-formed whatever its title is, and the same each time", () => {
    const title = '<b>A & B</b> \u0000\ud800 "it\'s"';

    const texts = textsOf(draw(title));

    expect(texts.get("title")?.[0]).toContain("<b>A & B</b>");
    expect(draw(title)).toBe(draw(title));
  });

  test("says in words what it shows, and needs nothing beside it", () => {
    const svg = draw("Title");

    expect(textsOf(svg).get("desc")?.[0]).toMatch(/\d/u);
    expect(svg).not.toMatch(/<script|@import|url\(|href/u);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
  });
});

test("the matrix tells both shares of a pair, and too few as too few", () => {
  const svg = overlapSvg(overlap, { title: "Overlap", view: countsOnly(testCatalogue) });
  const texts = textsOf(svg);

  expect(texts.get("text")).toEqual(expect.arrayContaining(["<1%", "25%", "few · <10"]));
  expect(texts.get("desc")?.[0]).toBe(
    "The pairs with most in common: berlin and vip: 100 in both, <1% of berlin, 25% of vip, Jaccard 0.01.",
  );
});

test("the trend says sizes, entries, exits and versions", () => {
  const texts = textsOf(pictures.trend("Trend"));

  expect(texts.get("desc")?.[0]).toContain("150 at the end of the last; 70 entries, 10 exits");
  expect(texts.get("text")).toContain("version 3");
});

test("a trend of nothing, and an overlap of nobody, are pictures too", () => {
  const options = { title: "Nothing", view: EVERYTHING };
  const nothing = { subject: "customers", segments: [], pairs: [] };
  const nobody = {
    ...nothing,
    combinations: [],
    others: { combinations: 0, members: 0 },
  };

  expect(textsOf(trendSvg({ ...trend, points: [] }, options)).get("desc")?.[0]).toContain(
    "Nothing",
  );
  expect(textsOf(overlapSvg(nothing, options)).get("desc")?.[0]).toContain("No two");
  expect(textsOf(upsetSvg(nobody, options)).get("desc")?.[0]).toContain("Nobody");
});

test.each([
  [0, [0, 1]],
  [4, [0, 1, 2, 3, 4]],
  [7, [0, 2, 4, 6, 8]],
  [1_234, [0, 500, 1_000, 1_500]],
  [1_000_000, [0, 200_000, 400_000, 600_000, 800_000, 1_000_000]],
])("an axis to %i has round ticks", (most, ticks) => {
  expect(ticksTo(most)).toEqual(ticks);
});

test("numbers and names are short where there is little room", () => {
  expect([0, 950, 9_999, 12_345, 3_000_000].map(shortCount)).toEqual([
    "0",
    "950",
    "9,999",
    "12.3k",
    "3M",
  ]);
  expect([0, 0.001, 0.014, 1].map(percent)).toEqual(["0%", "<1%", "1%", "100%"]);
  expect(shortened("a-long-name", 6)).toBe("a-lon…");
});
