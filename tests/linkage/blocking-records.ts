/** What the tests of blocking share: records on the way in, pairs on the way out, and a naive search. */
import fc from "fast-check";
import type { DuckDb } from "../../src/platform/duckdb/index.ts";
import type {
  BlockingRule,
  KeyPart,
  PreparedRecord,
  PreparedValue,
} from "../../src/modules/linkage/model/model.ts";
import { TWIN_RULE } from "../../src/modules/linkage/blocking/find-pairs.ts";

const types = {
  name: "varchar",
  email: "varchar",
  city: "varchar",
  day: "integer",
  phones: "varchar[]",
} as const;

type Column = keyof typeof types;
const columnNames: readonly Column[] = ["name", "email", "city", "day", "phones"];

/** Makes the table `records` of records with some of the columns above. */
export async function loadRecords(duck: DuckDb, records: readonly PreparedRecord[]): Promise<void> {
  const shape = columnNames.map((name) => `${name} ${types[name]}`).join(", ");
  await duck.run(`create or replace table records (id integer, ${shape})`);
  await duck.append("records", [
    Int32Array.from(records, (_, index) => index),
    ...columnNames.slice(0, 3).map((name) => records.map((record) => textOf(record[name]))),
    records.map(({ day }) => (typeof day === "number" ? day : null)),
    records.map(({ phones }) => (isTexts(phones) ? phones : null)),
  ]);
}

/** The pairs as triples of left, right and rule, in order. */
export async function readPairs(duck: DuckDb): Promise<readonly (readonly number[])[]> {
  const { l, r, rule } = await duck.columns("select l, r, rule from pairs order by l, r, rule", {
    l: "int32",
    r: "int32",
    rule: "uint8",
  });
  return Array.from(l, (left, index) => [left, r[index] ?? -1, rule[index] ?? -1]);
}

/** What {@link readPairs} must give: a double loop over the records that are nobody's twins. */
export function naivePairs(
  records: readonly PreparedRecord[],
  rules: readonly BlockingRule[],
  largestBlock: number,
): readonly (readonly number[])[] {
  const twins = naiveTwins(records);
  const isTwin = new Set(twins.map(([id]) => id));
  const ids = records.map((_, id) => id).filter((id) => !isTwin.has(id));
  const keys = rules.map((rule) => allowedKeys(records, ids, { rule, largestBlock }));
  const pairs: number[][] = [];
  for (const left of ids) {
    for (const right of ids.filter((id) => id > left)) {
      const rule = keys.findIndex((of) => of[left]?.some((key) => of[right]?.includes(key)));
      if (rule >= 0) {
        pairs.push([left, right, rule]);
      }
    }
  }
  const firsts = new Map(twins.toReversed().map(([id, representative]) => [representative, id]));
  const twinPairs = [...firsts].map(([representative, id]) => [representative, id, TWIN_RULE]);
  return [...pairs, ...twinPairs].toSorted((a, b) => compare(a, b));
}

/** What the table `twins` must hold. */
export function naiveTwins(
  records: readonly PreparedRecord[],
): readonly (readonly [number, number])[] {
  const texts = records.map((record) =>
    JSON.stringify(columnNames.map((name) => record[name] ?? null)),
  );
  const empty = JSON.stringify(columnNames.map(() => null));
  return texts
    .map((text, id) => [id, text === empty ? id : texts.indexOf(text)] as const)
    .filter(([id, representative]) => id !== representative);
}

/** The keys of a rule for one record, as texts. */
export function naiveKeys(record: PreparedRecord, rule: BlockingRule): readonly string[] {
  let keys: readonly (readonly string[])[] = [[]];
  for (const part of rule.parts) {
    const values = naiveValues(record[part.column] ?? null, part);
    keys = keys.flatMap((key) => values.map((value) => [...key, value]));
  }
  return keys.map((key) => JSON.stringify(key));
}

const preparedRecord: fc.Arbitrary<PreparedRecord> = fc.record({
  name: fc.constantFrom(null, "a", "anna", "anne", "annalisa", "łódź", "山田太郎", "👍🏽x"),
  email: fc.constantFrom(null, "a@x.de", "b@x.de", "anna"),
  city: fc.constantFrom(null, "ulm", "bonn"),
  day: fc.constantFrom(null, 0, -1, 12_345, 12_399),
  phones: fc.option(fc.subarray(["491", "492", "49", "anna", "łódź"])),
});

/** Few values, so that records meet; some of them missing, short, or beyond ASCII; some records empty. */
export const preparedRecords: fc.Arbitrary<readonly PreparedRecord[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: preparedRecord },
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant({ name: "anna", phones: ["491", "492"] }) },
  ),
  { maxLength: 14 },
);

const keyParts = fc.record({
  column: fc.constantFrom(...columnNames),
  length: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  at: fc.constantFrom("start", "end", undefined),
});

export const blockingRules: fc.Arbitrary<readonly BlockingRule[]> = fc.array(
  fc.record({
    name: fc.string(),
    parts: fc.uniqueArray(keyParts, {
      minLength: 1,
      maxLength: 3,
      selector: ({ column }) => column,
    }),
  }),
  { maxLength: 4 },
);

function allowedKeys(
  records: readonly PreparedRecord[],
  ids: readonly number[],
  { rule, largestBlock }: { readonly rule: BlockingRule; readonly largestBlock: number },
): readonly (readonly string[])[] {
  const keys = records.map((record, id) => (ids.includes(id) ? naiveKeys(record, rule) : []));
  const size = (key: string): number => keys.filter((of) => of.includes(key)).length;
  return keys.map((of) => of.filter((key) => size(key) <= largestBlock));
}

function naiveValues(value: PreparedValue, { length, at }: KeyPart): readonly string[] {
  if (value === null) {
    return [];
  }
  const values = (isTexts(value) ? value : [value]).map(String);
  if (length === undefined) {
    return values;
  }
  return values
    .map((text) => Array.from(text))
    .map((characters) => characters.slice(...(at === "end" ? [-length] : [0, length])).join(""));
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return (a[index] ?? 0) - (b[index] ?? 0);
}

function textOf(value: PreparedValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function isTexts(value: PreparedValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}
