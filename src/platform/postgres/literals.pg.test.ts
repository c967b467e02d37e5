import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../../tests/support/database.ts";
import { InvariantError } from "../../kernel/index.ts";
import { withLiterals } from "./literals.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** What somebody would write who wants to be more than a value. */
const hostile = fc.oneof(
  fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "")),
  fc
    .array(fc.constantFrom("'", "\\", "$1", "$$", '"', ";", "--", "/*", "E'", "\n", "%L"))
    .map((pieces) => pieces.join("")),
);

test("a literal is the value that the parameter would have been", async () => {
  await database.db.control(async (tx) => {
    await fc.assert(
      fc.asyncProperty(
        hostile,
        hostile,
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        async (a, b, n) => {
          const values = [a, n, [a, b], Buffer.from(b), null, true];
          const sql =
            "select $1::text as one, $2::bigint as two, $3::text[] as three, $4::bytea as four, $5::date as five, $6::boolean as six, '$1' as \"$2\"";

          const row = await tx.row(await withLiterals(tx, sql, values));

          expect(row).toEqual({
            one: a,
            two: n,
            three: [a, b],
            four: Buffer.from(b),
            five: null,
            six: true,
            $2: "$1",
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

test("a statement without a value for a parameter is a bug and stops at once", async () => {
  await database.db.control(async (tx) => {
    await expect(withLiterals(tx, "select $2::text", ["a"])).rejects.toThrow(InvariantError);
  });
});
