import fc from "fast-check";
import { expect, test } from "vitest";
import { remembering } from "./memory.ts";

test("remembering gives what the work gives, however little is remembered", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c", "d", "e", "")),
      fc.integer({ min: 1, max: 3 }),
      (texts, most) => {
        const read = remembering((text) => `${text}!`, most);

        expect(texts.map((text) => read(text))).toEqual(texts.map((text) => `${text}!`));
      },
    ),
  );
});

test("a text that comes again is not worked on again", () => {
  let works = 0;
  const read = remembering((text) => {
    works += 1;
    return text.length;
  });

  const lengths = ["anna", "bob", "anna", "anna"].map((text) => read(text));

  expect(lengths).toEqual([4, 3, 4, 4]);
  expect(works).toBe(2);
});

test("what was used lately outlives what was not", () => {
  const worked: string[] = [];
  const read = remembering((text) => {
    worked.push(text);
    return text;
  }, 2);

  for (const text of ["a", "b", "c", "a", "d", "e", "a"]) {
    read(text);
  }

  expect(worked).toEqual(["a", "b", "c", "d", "e"]);
});
