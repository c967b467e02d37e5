import fc from "fast-check";
import { expect, test } from "vitest";

import { testDatabase, testScope } from "../../../../tests/support/database.ts";
import { listItems, listLiteral } from "../normalise/list.ts";
import { CopyBuffer } from "./copy-row.ts";

test("PostgreSQL reads every text and every list as they were put in", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const scope = await testScope(db);
  const unit = fc.oneof(
    fc.constantFrom("\\", "\t", "\n", "\r", '"', "{", "}", ",", "N", "\b", "\v", "\u2028"),
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 1 })
      .filter((text) => !text.includes("\0")),
  );
  const texts = fc.sample(
    fc.tuple(fc.string({ unit }), fc.array(fc.string({ unit }), { maxLength: 4 })),
    { numRuns: 2000, seed: 7 },
  );
  const out = new CopyBuffer(16);
  texts.forEach(([text, list], index) => {
    out.putCount(index);
    out.tab();
    out.putText(text);
    out.tab();
    out.putText(listLiteral(list));
    out.tab();
    out.putNull();
    out.newline();
  });

  await db.defining(scope, async (tx) =>
    tx.run("create table copied (n int, t text, l text[], z text)"),
  );
  const rows = await db.scoped(scope, async (tx) => {
    await tx.copyIn("copy copied (n, t, l, z) from stdin", [
      Buffer.from(out.bytes.subarray(0, out.length)),
    ]);
    return tx.rows<{ t: string; l: string[]; z: string | null }>(
      "select t, l, z from copied order by n",
    );
  });

  expect(rows.map(({ t, l, z }) => [t, l, z])).toEqual(
    texts.map(([text, list]) => [text, list, null]),
  );
  expect(texts.map(([, list]) => listItems(listLiteral(list)))).toEqual(
    texts.map(([, list]) => list),
  );
});
