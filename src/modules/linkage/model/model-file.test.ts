import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnsByType, condition, model } from "../../../../tests/linkage/arbitrary-model.ts";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Issue } from "../../../kernel/index.ts";
import { checkModel } from "./check-model.ts";
import { printCondition, readCondition } from "./condition-text.ts";
import type { Condition } from "./condition.ts";
import { printKey, readKey } from "./key-text.ts";
import type { PreparedColumn, PreparedType } from "./model.ts";
import { parseModel } from "./parse-model.ts";
import { printModel } from "./print-model.ts";

const columns: readonly PreparedColumn[] = Object.entries(columnsByType).flatMap(([type, names]) =>
  names.map((name) => ({ name, type: type as PreparedType })),
);

const smallest = `format: waybill-linkage-model/1
comparisons:
  - name: name
    levels:
      - name: missing
        when: missing(given)
        missing: true
      - name: same
        when: equal(given)
        m: 0.9
        u: 0.01
      - name: otherwise
        when: otherwise
        m: 0.1
        u: 0.99
largestBlock: 1000
`;

function issuesOf(text: string): readonly Issue[] {
  try {
    parseModel(text, "model.yaml", () => columns);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return error.issues;
    }
    throw error;
  }
}

describe("what is printed reads back as what it was", () => {
  test("every condition", () => {
    fc.assert(
      fc.property(condition, (shown) => {
        expect(readCondition(printCondition(shown))).toEqual({ ok: true, value: shown });
      }),
    );
  });

  test("every model whose levels can all be the outcome", () => {
    fc.assert(
      fc.property(model, (shown) => {
        fc.pre(checkModel(shown, () => columns).length === 0);
        expect(parseModel(printModel(shown), "model.yaml", () => columns)).toEqual(shown);
      }),
    );
  });

  test.each(["surname", "surname, start(given, 3)", 'end("Post Code", 2), dob'])(
    "the key %s",
    (text) => {
      const read = readKey(text);

      expect(read.ok && printKey(read.value)).toBe(text);
    },
  );
});

test("a printed model is in the form in which a person would write it", () => {
  const printed = printModel(parseModel(smallest, "model.yaml"));

  expect(printed.slice(printed.indexOf("format:"))).toBe(smallest);
  expect(printed).toMatch(/^# Which records are the same/u);
});

describe("a condition that cannot be read says where and why", () => {
  test.each([
    ["equals(given)", 0, 'did you mean "equal"?'],
    ["all(equal(given), jaro_winkler(family) > 0.9)", 39, undefined],
    ["jaro_winkler(given) >= 1.2", 23, undefined],
    ["levenshtein(given) <= 1.5", 22, undefined],
    ["equal(given", 11, undefined],
    ["equal()", 6, undefined],
    ["equal(given) or equal(family)", 13, undefined],
    ['equal(mtch(given, "a"))', 6, 'did you mean "match"?'],
    ['days(date(given, "%y")) <= 3', 17, 'a format has %Y, %m and %d once each, as in "%Y-%m-%d"'],
    ['equal(match(given, "a(?=b)"))', 19, "groups are written (…) or (?:…)"],
    ["", 0, undefined],
    ["equal(given) ;", 13, undefined],
    [`${"not(".repeat(30)}equal(given)${")".repeat(30)}`, 84, undefined],
  ])("%s", (text, offset, hint) => {
    const read = readCondition(text);

    expect(read).toMatchObject({ ok: false, error: { offset, hint } });
  });
});

describe("a model file that is wrong says everything that is, by line and column", () => {
  const replaced = (what: string, by: string): string => smallest.replace(what, by);

  test.each([
    ["an unknown word in a condition", replaced("equal(given)", "equl(given)"), "9:15"],
    ["a place within a condition", replaced("equal(given)", "equal(given, )"), "9:28"],
    ["a column that does not exist", replaced("equal(given)", "equal(givn)"), "9:15"],
    ["a column of another type", replaced("equal(given)", "prefix(dob) >= 2"), "9:15"],
    ["an unknown key", replaced("m: 0.9", "n: 0.9"), "10:9"],
    ["a share above 1", replaced("m: 0.9", "m: 1.9"), "10:12"],
    ["a share of 0", replaced("u: 0.01", "u: 0"), "11:12"],
    ["no last level", replaced("when: otherwise", "when: equal(family)"), "13:15"],
    ["otherwise too early", replaced("when: equal(given)", "when: otherwise"), "9:15"],
    ["two levels of a name", replaced("name: same", "name: missing"), "8:15"],
    ["m of a missing level", replaced("missing: true", "missing: true\n        m: 0.5"), "7:18"],
    ["another format", replaced("model/1", "model/2"), "1:9"],
    ["a key given twice", `${smallest}largestBlock: 5\n`, "17:1"],
    [
      "an alias",
      replaced("name: same", "name: &a same").replace("name: missing", "name: *a"),
      "5:15",
    ],
    ["no YAML", replaced("comparisons:", "comparisons: ["), "3:11"],
    ["a prior of 1", `${smallest}prior: 1\n`, "17:8"],
    ["thresholds that cross", `${smallest}thresholds: { link: 0.5, review: 0.6 }\n`, "17:34"],
    ["a rule without a column", `${smallest}blocking: [{ name: a, key: "start(3)" }]\n`, "17:35"],
    [
      "a rule that cuts a date",
      `${smallest}blocking: [{ name: a, key: "start(dob, 4)" }]\n`,
      "17:28",
    ],
    ["a factor of one", `${smallest}factors: [{ name: a, comparisons: [name] }]\n`, "17:22"],
  ])("%s", (_, text, place) => {
    const [issue] = issuesOf(text);

    expect(`${issue?.line}:${issue?.column}`).toBe(place);
  });

  test("all of it at once", () => {
    const text = replaced("equal(given)", "equl(given)").replace("missing(given)", "mising(given)");

    expect(issuesOf(text)).toHaveLength(2);
  });

  test("a level that can never be the outcome", () => {
    const weaker = "jaro_winkler(given) >= 0.8";
    const stricter = "      - name: alike\n        when: jaro_winkler(given) >= 0.9\n";
    const text = replaced("equal(given)", weaker).replace(
      "      - name: otherwise",
      `${stricter}      - name: otherwise`,
    );

    expect(issuesOf(text)).toMatchObject([{ line: 13, column: 15 }]);
  });

  test("cells of factors that name no level", () => {
    const second = smallest
      .slice(smallest.indexOf("  - name: name"), smallest.indexOf("largestBlock"))
      .replace("name: name", "name: other");
    const factor = (levels: string): string =>
      `factors:\n  - name: f\n    comparisons: [name, other]\n    cells: [{ levels: ${levels}, m: 0.5, u: 0.1 }]\n`;
    const text = smallest.replace("largestBlock", `${second}largestBlock`);

    expect(issuesOf(text + factor("[same, same]"))).toEqual([]);
    expect(issuesOf(text + factor("[same, sane]"))).toMatchObject([
      { line: 33, column: 30, hint: 'did you mean "same"?' },
    ]);
    expect(issuesOf(text + factor("[same, missing]"))).toHaveLength(1);
    expect(issuesOf(text + factor("[same, null]"))).toHaveLength(1);
    expect(issuesOf(text + factor("[same]"))).toHaveLength(1);
  });
});

describe("the README", () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");

  test("shows a model that is read", () => {
    const [, shown = ""] = /```yaml\n(.*?)```/su.exec(readme) ?? [];

    expect(parseModel(shown, "README.md").comparisons).toHaveLength(1);
  });

  test("lists every condition there is, each in a form that is read", () => {
    const cells = readme.match(/^\| `.*?` \|/gmu) ?? [];
    const shown = cells.flatMap((cell) =>
      [...cell.matchAll(/`(.+?)`/gu)].map(([, text = ""]) => text),
    );

    const kinds = shown.flatMap((text) => {
      const read = readCondition(text);
      return read.ok ? kindsOf(read.value) : [`not read: ${text}`];
    });

    expect(new Set(kinds)).toEqual(new Set(fc.sample(condition, 500).flatMap(kindsOf)));
  });
});

function kindsOf(shown: Condition): readonly string[] {
  const { kind } = shown;
  if (kind === "all" || kind === "any") {
    return [kind, ...shown.of.flatMap(kindsOf)];
  }
  return kind === "not" ? [kind, ...kindsOf(shown.of)] : [kind];
}
