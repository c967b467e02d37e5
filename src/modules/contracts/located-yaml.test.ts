import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readYaml } from "./index.ts";
import { MAX_FILE_BYTES } from "./located-text.ts";

function read(text: string): ReturnType<typeof readYaml> {
  return readYaml(new TextEncoder().encode(text), "f.yaml");
}

function messages(text: string): string {
  const result = read(text);
  return result.ok ? "" : result.error.map(({ at, message }) => `${at}: ${message}`).join("\n");
}

describe("YAML", () => {
  test("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const wrapped = { value: JSON.parse(JSON.stringify(value)) };
        fc.pre(!hasOddKey(wrapped));
        const result = read(stringify(wrapped));

        expect(result.ok ? result.value.value : result.error).toEqual(wrapped);
      }),
    );
  });

  test("of version 1.2 reads yes, no and dates as text", () => {
    const result = read("a: yes\nb: no\nc: 2026-01-01\nd: 0o17\ne: ~");

    expect(result.ok && result.value.value).toEqual({
      a: "yes",
      b: "no",
      c: "2026-01-01",
      d: 15,
      e: null,
    });
  });

  test("tells the place of a value, of a key, and of what is not there by what is around it", () => {
    const result = read("a: 1\nlist:\n  - name: x\n    deep:\n      er: 2\n");
    if (!result.ok) {
      throw new Error("the text is valid");
    }
    const { locate } = result.value;

    expect(locate([])).toEqual({ line: 1, column: 1 });
    expect(locate(["a"])).toEqual({ line: 1, column: 4 });
    expect(locate(["a"], "key")).toEqual({ line: 1, column: 1 });
    expect(locate(["list", 0])).toEqual({ line: 3, column: 5 });
    expect(locate(["list", 0, "deep"])).toEqual({ line: 4, column: 5 });
    expect(locate(["list", 0, "deep", "er"])).toEqual({ line: 5, column: 11 });
    expect(locate(["list", 0, "missing", "x"])).toEqual({ line: 3, column: 5 });
    expect(locate(["list", 7])).toEqual({ line: 2, column: 1 });
  });

  test("may use an anchor where it is short", () => {
    const result = read("a: &x [1]\nb: *x");

    expect(result.ok && result.value.value).toEqual({ a: [1], b: [1] });
  });
});

const LAUGHS = "bcdefghi"
  .split("")
  .map((name, index) => {
    const before = String.fromCodePoint(97 + index);
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`;
  })
  .join("\n");

describe("hostile YAML", () => {
  test.each([
    ["a billion laughs", `a: &a [lol]\n${LAUGHS}`, "its aliases (*name) repeat too much"],
    ["a list that holds itself", "a: &a [*a]", "f.yaml: a[0]: holds itself"],
    ["a key twice", "a:\n  b: 1\n  b: 2", "f.yaml: a.b: is given twice"],
    ["a merge key", "a: &a {b: 1}\nc:\n  <<: *a", 'f.yaml: c."<<": is a key that is not read'],
    ["__proto__", "__proto__: {polluted: true}", "is a key that is not read"],
    ["a list as key", "? [a]\n: 1", "keys must be plain text"],
    ["a tag", "a: !!js/function 'x'", "tags such as !name are not used"],
    ["binary", "a: !!binary aGk=", "tags such as !name are not used"],
    ["two documents", "a: 1\n---\nb: 2", "more than one document"],
    ["NUL", 'a: "\\0"', "f.yaml: a: holds a NUL character"],
    ["half a character", 'a: "\\ud800"', "half a character"],
    ["NUL in a key", '"a\\0": 1', "holds a NUL character"],
    ["not a number", "a: .nan", "is not a finite number"],
    ["infinity", "a: [-.inf]", "f.yaml: a[0]: is not a finite number"],
    ["an integer beyond a double", "a: 12345678901234567890", "more digits than a number keeps"],
    ["a fraction beyond a double", "a: 0.1000000000000000055", "more digits than a number keeps"],
    ["41 levels", `${"[".repeat(42)}${"]".repeat(42)}`, "nested more than 40 levels deep"],
    ["20,000 levels", "[".repeat(20_000), "nested too deeply"],
    ["tabs", "a:\n\t- b", "Tabs are not allowed"],
  ])("with %s is refused with the reason", (_, text, message) => {
    expect(messages(text)).toContain(message);
  });

  test("is not read beyond a mebibyte, nor when it is not UTF-8", () => {
    const large = readYaml(new Uint8Array(MAX_FILE_BYTES + 1).fill(35), "f.yaml");
    const latin = readYaml(Uint8Array.of(0x61, 0x3a, 0x20, 0xe4), "f.yaml");

    expect(large).toMatchObject({
      ok: false,
      error: [{ hint: "split it, or store data elsewhere" }],
    });
    expect(latin).toMatchObject({ ok: false, error: [{ message: "the file is not UTF-8 text" }] });
  });
});

test("numbers that a double keeps are read, in every spelling", () => {
  const numbers = fc.oneof(
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      // YAML's `-0` is not asked for: no contract tells it from 0.
      .map((value) => ({ value: value + 0, text: String(value) })),
    fc.integer().map((value) => ({ value, text: `${value}.00` })),
    fc.maxSafeInteger().map((value) => ({ value, text: String(value) })),
  );

  fc.assert(
    fc.property(numbers, ({ value, text }) => {
      const result = read(`a: ${text}`);

      expect(result.ok ? result.value.value : result.error).toEqual({ a: value });
    }),
  );
});

function hasOddKey(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).some(([key, inner]) => {
      return (
        key === "" || key === "<<" || key === "__proto__" || key.includes("\0") || hasOddKey(inner)
      );
    });
  }
  const isOddNumber = typeof value === "number" && Object.is(value, -0);
  return (
    isOddNumber || (typeof value === "string" && (value.includes("\0") || !value.isWellFormed()))
  );
}
