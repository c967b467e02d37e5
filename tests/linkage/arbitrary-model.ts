/** Conditions, comparisons and models of every form there is, for laws. */
import fc from "fast-check";
import type { Condition, Operands } from "../../src/modules/linkage/model/condition.ts";
import type {
  BlockingRule,
  Comparison,
  Factor,
  KeyPart,
  Level,
  Model,
  ModelField,
} from "../../src/modules/linkage/model/model.ts";

/** Columns by the type of their values. */
export const columnsByType = {
  text: ["given", "family", "city", "dob__text", "Post Code"],
  integer: ["dob", "visits"],
  number: ["place__latitude", "place__longitude"],
  list: ["phones", "tokens"],
} as const;

const text = fc.constantFrom(...columnsByType.text);
const patterns = fc.constantFrom("^[^@]+", "[0-9]{2,4}$", "^[A-Za-z]{1,2}[0-9]?", 'a"b\\\\c');
const formats = fc.constantFrom("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y");

const textOperand = fc.oneof(
  { weight: 4, arbitrary: text.map((column) => ({ column })) },
  { weight: 1, arbitrary: fc.record({ column: text, match: patterns }) },
);
const dateOperand = fc.oneof(
  fc.constantFrom("dob", "visits").map((column) => ({ column })),
  fc.record({ column: text, date: formats }),
  fc.record({ column: text, match: patterns, date: formats }),
);
const list = fc.constantFrom(...columnsByType.list).map((column) => ({ column }));
const number = fc
  .constantFrom(...columnsByType.integer, ...columnsByType.number)
  .map((column) => ({ column }));

/** The same value on both sides more often than two. */
function sides<T extends Operands["left"]>(operand: fc.Arbitrary<T>): fc.Arbitrary<Operands> {
  return fc.oneof(
    { weight: 3, arbitrary: operand.map((left) => ({ left, right: left })) },
    { weight: 1, arbitrary: fc.record({ left: operand, right: operand }) },
  );
}

const share = fc.integer({ min: 0, max: 1000 }).map((part) => part / 1000);
const positive = fc.double({ min: 1e-12, max: 1, noNaN: true });
const amount = fc.integer({ min: 0, max: 40_000 }).map((part) => part / 16);
const few = fc.integer({ min: 1, max: 6 });

/** Conditions that hold no other ones. */
export const simpleCondition: fc.Arbitrary<Condition> = fc.oneof(
  sides(fc.oneof(textOperand, dateOperand)).map((both) => ({ kind: "missing" as const, ...both })),
  sides(textOperand).map((both) => ({ kind: "equal" as const, ...both })),
  fc
    .tuple(sides(textOperand), fc.constantFrom("jaro-winkler", "jaro", "jaccard"), share)
    .map(([both, measure, atLeast]) => ({ kind: "similar" as const, measure, ...both, atLeast })),
  fc
    .tuple(
      sides(textOperand),
      fc.constantFrom("levenshtein", "damerau-levenshtein", "adjacent-swap"),
      fc.nat(2),
    )
    .map(([both, measure, atMost]) => ({ kind: "distance" as const, measure, ...both, atMost })),
  fc
    .tuple(sides(dateOperand), amount)
    .map(([both, atMost]) => ({ kind: "days" as const, ...both, atMost })),
  fc
    .tuple(sides(number), amount)
    .map(([both, atMost]) => ({ kind: "numbers" as const, ...both, atMost })),
  fc.tuple(sides(list), few).map(([both, atLeast]) => ({
    kind: "overlap" as const,
    ...both,
    atLeast,
  })),
  fc.tuple(sides(list), share).map(([both, atLeast]) => ({
    kind: "overlap-share" as const,
    ...both,
    atLeast,
  })),
  fc
    .tuple(fc.constantFrom("length", "within", "prefix"), sides(textOperand), few)
    .map(([kind, both, atLeast]) => ({ kind, ...both, atLeast })),
  amount.map((atMost) => ({
    kind: "kilometres" as const,
    latitude: "place__latitude",
    longitude: "place__longitude",
    atMost,
  })),
);

/** Conditions of any form, three deep at most. */
export const condition: fc.Arbitrary<Condition> = fc.letrec<{ any: Condition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: simpleCondition },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("all", "any"), fc.array(tie("any"), { minLength: 1, maxLength: 3 }))
        .map(([kind, of]) => ({ kind, of })),
    },
    { weight: 1, arbitrary: tie("any").map((of) => ({ kind: "not" as const, of })) },
  ),
})).any;

const name = fc.oneof(
  fc.constantFrom("same", "typing error", "null", "true", "1", "a: b", "# c", "größer", '"q"', "-"),
  fc.string({ minLength: 1, maxLength: 12 }).filter((one) => one.isWellFormed()),
);

const termFrequency = fc.record({
  column: text,
  weight: share,
  minimum: share,
  mean: fc.option(positive, { nil: undefined }),
});
const start = fc.record({
  m: positive,
  weight: fc.integer({ min: -80, max: 200 }).map((w) => w / 8),
});

const level = fc.record({
  name,
  when: condition,
  isMissing: fc.constant(false),
  m: fc.option(positive, { nil: undefined }),
  u: fc.option(positive, { nil: undefined }),
  related: fc.option(positive, { nil: undefined }),
  termFrequency: fc.option(termFrequency, { nil: undefined }),
  start: fc.option(start, { nil: undefined }),
  tells: fc.constantFrom(undefined, "contradiction" as const, "identity" as const),
});
const missingLevel: fc.Arbitrary<Level> = condition.map((when) => ({
  name: "no value",
  when,
  isMissing: true,
  m: undefined,
  u: undefined,
}));
const lastLevel: fc.Arbitrary<Level> = fc.record({
  name: fc.constant("anything else"),
  when: fc.constant("otherwise" as const),
  isMissing: fc.constant(false),
  m: positive,
  u: positive,
});

/** A comparison of which each level has its own name and condition. */
export const comparison: fc.Arbitrary<Comparison> = fc.record({
  name,
  isPersonal: fc.constantFrom(undefined, true),
  levels: fc
    .tuple(
      fc.array(missingLevel, { maxLength: 1 }),
      fc.uniqueArray(level, {
        minLength: 1,
        maxLength: 4,
        selector: (one) => one.name,
      }),
      lastLevel,
    )
    .map(([missing, graded, last]) => [...missing, ...graded, last]),
});

const keyPart: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.constantFrom(...columnsByType.text, ...columnsByType.list).map((column) => ({ column })),
  fc.record({ column: text, length: few }),
  fc.record({ column: text, length: few, at: fc.constant("end" as const) }),
);
const rules: fc.Arbitrary<readonly BlockingRule[]> = fc.uniqueArray(
  fc.record({ name, parts: fc.array(keyPart, { minLength: 1, maxLength: 3 }) }),
  { maxLength: 3, selector: (rule) => rule.name },
);

const fields: fc.Arbitrary<readonly ModelField[]> = fc.uniqueArray(
  fc.oneof(
    fc.record(
      {
        name: fc.constantFrom("given", "family", "city"),
        kind: fc.constantFrom("given-name", "text", "place"),
        columns: fc.array(name, { minLength: 1, maxLength: 2 }),
        country: fc.constantFrom("DE", "NO"),
      },
      { requiredKeys: ["name", "kind", "columns"] },
    ),
    fc.record({
      name: fc.constant("dob"),
      kind: fc.constant("date" as const),
      columns: fc.constant(["DOB"]),
      dates: fc.record({
        order: fc.constantFrom("day-month", "month-day"),
        placeholderDays: fc.subarray(["19000101", "19700101"]),
      }),
    }),
  ),
  { selector: (field) => field.name },
);

const session = fc.record({ rule: name, pairs: fc.nat(), iterations: fc.nat(30) });

/** Models whose parts are of every form; a level may ask what another asked before it. */
export const model: fc.Arbitrary<Model> = fc
  .record({
    fields,
    prior: fc.option(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), { nil: undefined }),
    related: fc.constantFrom(undefined, 1e-9, 0.25),
    comparisons: fc.uniqueArray(comparison, {
      minLength: 1,
      maxLength: 3,
      selector: (one) => one.name,
    }),
    blocking: rules,
    largestBlock: fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }),
    thresholds: fc.option(
      fc.tuple(share, share).map(([one, other]) => ({
        link: Math.max(one, other),
        review: Math.min(one, other),
      })),
      { nil: undefined },
    ),
    training: fc.option(
      fc.record({
        records: fc.nat(),
        seed: fc.integer(),
        known: fc.option(fc.record({ same: fc.nat(), different: fc.nat() }), { nil: undefined }),
        sampledPairs: fc.nat(),
        sessions: fc.array(session, { maxLength: 2 }),
      }),
      { nil: undefined },
    ),
    isFactored: fc.boolean(),
    m: positive,
    u: positive,
  })
  .map(({ isFactored, m, u, ...made }) => ({
    ...made,
    factors: isFactored ? factorsOf(made.comparisons, { m, u }) : undefined,
  }));

function factorsOf(
  comparisons: readonly Comparison[],
  values: { readonly m: number; readonly u: number },
): readonly Factor[] {
  const [one, other, third] = comparisons;
  if (one === undefined || other === undefined) {
    return [];
  }
  const levels = [one, other].map(({ levels: all }) => all.at(-1)?.name ?? null);
  const rest = third === undefined ? [] : [null];
  const members = [one, other, ...(third === undefined ? [] : [third])];
  return [
    {
      name: "together",
      comparisons: members.map((member) => member.name),
      cells: [{ levels: [...levels, ...rest], ...values }],
    },
  ];
}
