import { expect, test } from "vitest";
import { InvalidInputError } from "../../../kernel/index.ts";
import { indexOf, worldCatalogue } from "../../../../tests/criteria/world.ts";
import {
  checkCriteria,
  countQuery,
  describeCriteria,
  parseCriteria,
  printCriteria,
  sealCriteria,
  sealNumber,
} from "../index.ts";

const catalogue = worldCatalogue("UTC");
const blindIndex = (_: unknown, text: string): Buffer => indexOf(text);
const hex = (text: string): string => indexOf(text).toString("hex");
const seal = (text: string): string => sealCriteria(text, catalogue, { blindIndex });

test("values of sealed fields are replaced by their blind index, and the rest of the text stays", () => {
  const text = [
    '// whose account is "A1"',
    'customer.account_no == "A1"   && customer.city == "A1" ||',
    '"A2" != customer.account_no && orders.where(o, o.code in ["A9", "x"]).any()',
  ].join("\n");

  expect(seal(text)).toBe(
    [
      '// whose account is "A1"',
      `customer.account_no == sealed("${hex("A1")}")   && customer.city == "A1" ||`,
      `sealed("${hex("A2")}") != customer.account_no && orders.where(o, o.code in [sealed("${hex("A9")}"), sealed("${hex("x")}")]).any()`,
    ].join("\n"),
  );
});

test("sealing what is sealed changes nothing, and what is sealed reads and prints as it stands", () => {
  const once = seal('customer.account_no in ["A1", "A2"] && has(customer.account_no)');

  expect(seal(once)).toBe(once);
  expect(printCriteria(parseCriteria(once, catalogue))).toBe(once);
  expect(describeCriteria(parseCriteria(once, catalogue), catalogue)).toContain(
    "is a sealed value or a sealed value",
  );
});

test("numbers over events seal what their wheres compare with", () => {
  const sealed = sealNumber('orders.where(o, o.code == "A1").count()', catalogue, { blindIndex });

  expect(sealed).toBe(`orders.where(o, o.code == sealed("${hex("A1")}")).count()`);
});

test("a sealed field compares with the one it refers to", () => {
  expect(checkCriteria("customer.account_no == account.account_no", catalogue)).toEqual([]);
  expect(
    checkCriteria("event.code == customer.account_no", catalogue, { subject: "orders" }),
  ).toMatchObject([{ message: "the two fields are sealed apart from each other" }]);
});

test.each([
  ['customer.account_no < "A1"', "a sealed value has no order", 1],
  ['customer.account_no.contains("A")', "a text is needed here, not a sealed value", 1],
  ['customer.account_no.matches("A")', "a text is needed here, not a sealed value", 1],
  ['customer.account_no.lower() == "a1"', "lower() takes a text, not a sealed value", 1],
  ["size(customer.account_no) > 1", "size() takes a text or a text-list, not a sealed value", 6],
  ["customer.account_no + 1 > 2", "a number is needed here, not a sealed value", 1],
  ["customer.account_no == customer.city", "can be compared with a fixed value only", 24],
  ["customer.account_no == 5", "a text cannot be compared with an integer", 1],
  ["customer.account_no", "by itself is no condition", 1],
  ['customer.city == sealed("00")', "this is no blind index", 25],
  [`customer.city == sealed("${"0".repeat(32)}")`, "a text cannot be compared with", 1],
  ['orders.last("code") == "A1"', "code is sealed, so last() cannot be taken of it", 13],
  ['orders.distinct("code") > 1', "code is sealed, so distinct() cannot be taken of it", 17],
])("%s is refused at its place", (text, message, column) => {
  const issues = checkCriteria(text, catalogue);

  expect(issues).toHaveLength(1);
  expect(issues[0]?.message).toContain(message);
  expect(issues[0]?.column).toBe(column);
});

test("criteria whose sealed values stand in clear are checked, and never asked by", () => {
  const criteria = parseCriteria('customer.account_no == "A1"', catalogue);

  expect(() => countQuery(criteria, { catalogue, asOf: new Date(0) })).toThrow(InvalidInputError);
});

test("values that look equal for one person only are known or not, and nothing else", () => {
  const apart = {
    ...catalogue,
    datasets: catalogue.datasets.map((dataset) => ({
      ...dataset,
      fields: dataset.fields.map((field) =>
        field.name === "code" ? { ...field, equality: "subject" as const } : field,
      ),
    })),
  };

  expect(checkCriteria("orders.where(o, has(o.code)).any()", apart)).toEqual([]);
  expect(checkCriteria('orders.where(o, o.code in ["A1"]).any()', apart)).toMatchObject([
    { message: expect.stringContaining("look equal for one person only"), column: 17 },
  ]);
});
