import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkCriteria,
  describeCriteria,
  membersQuery,
  nextFlipQuery,
  parseCriteria,
  printCriteria,
  withPins,
} from "../../src/modules/criteria/index.ts";
import { SUBJECTS } from "./agreement.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import { worldCatalogue } from "./world.ts";

const catalogue = worldCatalogue("Europe/Berlin");
const asOf = new Date("2026-03-01T12:00:00Z");

test.each(SUBJECTS)("reading a printed tree gives an equal tree: %s", (subject, names) => {
  const property = fc.property(conditionArbitrary(subject, names), (root) => {
    const text = printCriteria({ root, warnings: [] });

    expect(parseCriteria(text, catalogue, { subject }).root).toEqual(root);
  });
  fc.assert(property, { numRuns: 1_000 });
});

const SENTENCES = {
  customers: /^(Customers for whom .+|All customers|No customer)\.$/su,
  accounts: /^(Accounts for which .+|All accounts|None of the accounts)\.$/su,
  tickets: /^(Tickets for which .+|All tickets|None of the tickets)\.$/su,
};

test.each(SUBJECTS)("every tree has an English sentence: %s", (subject, names) => {
  const property = fc.property(conditionArbitrary(subject, names), (root) => {
    const sentence = describeCriteria({ root, subject, warnings: [] }, catalogue);

    expect(sentence).toMatch(SENTENCES[subject]);
  });
  fc.assert(property, { numRuns: 300 });
});

test("pins are printed for explanations, and nobody can write them", () => {
  const pinned = withPins(parseCriteria("customer.vip", catalogue), "friends");

  const text = printCriteria(pinned);

  expect(text).toBe('(customer.vip || pinned_in("friends")) && !pinned_out("friends")');
  expect(checkCriteria(text, catalogue)).toMatchObject([
    { message: "there is no function pinned_in()" },
    { message: "there is no function pinned_out()" },
  ]);
});

/** What an attacker, a careless author or a copy of a text from elsewhere would put between quotes. */
const HOSTILE = [
  "'; drop table customers; --",
  '"; drop table customers; --',
  "$1",
  "$$; select 1; $$",
  "\\'; select 1; --",
  "%' or '1'='1",
  "/* */",
  "E'\\x27'",
  "\u2019; delete",
  "{}[]",
  "null",
  "${process.exit(1)}",
  "🙈'🙈",
] as const;

test.each(HOSTILE)("the literal %s reaches SQL as a parameter only", (literal) => {
  const criteria = (text: string): string => {
    const quoted = JSON.stringify(text);
    return (
      `customer.city == ${quoted} || customer.nickname in [${quoted}] || ` +
      `${quoted} in customer.tags || customer.city.contains(${quoted}) || ` +
      `orders.where(e, e.channel.startsWith(${quoted})).any() || ` +
      `in_segment(${quoted}) || score(${quoted}) > 1`
    );
  };
  const sqlOf = (text: string, query: typeof membersQuery): string => {
    const pinned = withPins(parseCriteria("customer.vip", catalogue), text);
    const segments = () => pinned;
    return query(parseCriteria(criteria(text), catalogue), { catalogue, asOf, segments }).sql;
  };

  for (const query of [membersQuery, nextFlipQuery]) {
    expect(sqlOf(literal, query)).toBe(sqlOf("harmless", query));
  }
});

test.each(HOSTILE)("the name %s is refused wherever a name can stand", (name) => {
  const quoted = JSON.stringify(name);
  const texts = [
    `customer[${quoted}] == "a"`,
    `account[${quoted}] == "a"`,
    `orders.sum(${quoted}) > 1`,
    `orders.where(e, e[${quoted}] == "a").any()`,
    `customer.${name} == "a"`,
    `${name}.any()`,
  ];

  for (const text of texts) {
    expect(checkCriteria(text, catalogue), text).not.toEqual([]);
  }
});

test("no text makes the reader throw anything but its refusal", () => {
  const word = fc.constantFrom(
    ...'customer account orders e now() ( ) [ ] . , && || ! == < - + / 1 2.5 true null "a" \'b\' in has( where( within( any() sum( duration( city visits ? : { } \\ \n = & 1e999 0x 5u b"a" r"\\"'.split(
      " ",
    ),
  );
  const property = fc.property(fc.array(word, { maxLength: 14 }), (words) => {
    // Refusals come back as issues; anything else is thrown, and fails the property.
    expect(() => checkCriteria(words.join(""), catalogue)).not.toThrow();
  });
  fc.assert(property, { numRuns: 3_000 });
});
