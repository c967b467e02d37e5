import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientKeys, handleOf, keyedHash } from "./client-keys.ts";
import { framed } from "./framing.ts";
import { handleIn } from "./layout.ts";
import { SealedValues } from "./sealed-value.ts";
import { openDocument, sealDocument } from "./sealed-document.ts";
import { SubjectKey } from "./subject-key.ts";

const lasting = Buffer.alloc(32, 7);
const keys = clientKeys("acme", lasting);
const values = new SealedValues(keys);
const anna = { handle: handleOf(keys, ["customers", "crm", "1"]), key: subjectKey(1) };
const ben = { handle: handleOf(keys, ["customers", "crm", "2"]), key: subjectKey(2) };
const ssn = { dataset: "customers", field: "ssn" };
const card = { dataset: "customers", field: "card" };

function subjectKey(seed: number): SubjectKey {
  return new SubjectKey(Buffer.alloc(32, seed));
}

const texts = fc.string({ unit: "binary", maxLength: 60 }).filter((text) => text.isWellFormed());

describe("a sealed value", () => {
  test("opens as what it was", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(values.open(anna.key, ssn, values.seal(anna, ssn, text))).toBe(text);
      }),
    );
  });

  test("is the same bytes each time, and other bytes for every other subject, field, client and text", () => {
    fc.assert(
      fc.property(texts, texts, (text, other) => {
        const sealed = values.seal(anna, ssn, text);
        const foreign = new SealedValues(clientKeys("bank", lasting));

        expect(values.seal(anna, ssn, text)).toEqual(sealed);
        const different = [
          values.seal(ben, ssn, text),
          values.seal(anna, card, text),
          foreign.seal(anna, ssn, text),
          ...(other === text ? [] : [values.seal(anna, ssn, other)]),
        ];
        expect(different.filter((one) => one.subarray(44).equals(sealed.subarray(44)))).toEqual([]);
      }),
    );
  });

  test("is refused when any bit of it was changed, or it was cut or lengthened", () => {
    const sealed = values.seal(anna, ssn, "078-05-1120");
    const changed = Array.from({ length: sealed.length * 8 }, (_, bit) => {
      const copy = Buffer.from(sealed);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    });
    const cut = Array.from({ length: sealed.length }, (_, length) => sealed.subarray(0, length));
    const longer = Buffer.concat([sealed, Buffer.alloc(1)]);

    const opened = [...changed, ...cut, longer].map((bytes) => values.open(anna.key, ssn, bytes));

    expect(new Set(opened)).toEqual(new Set([undefined]));
  });

  test("cannot be moved to another field, subject or client, nor take another value's index", () => {
    const sealed = values.seal(anna, ssn, "078-05-1120");
    const foreign = new SealedValues(clientKeys("bank", lasting));
    const underBen = Buffer.from(sealed);
    underBen.write(ben.handle, 16, "hex");
    const otherIndex = Buffer.from(sealed);
    values.blindIndex(ssn, "219-09-9999").copy(otherIndex);

    expect([
      values.open(anna.key, card, sealed),
      values.open(ben.key, ssn, sealed),
      values.open(anna.key, ssn, underBen),
      foreign.open(anna.key, ssn, sealed),
      values.open(anna.key, ssn, otherIndex),
    ]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test("begins with the blind index of its text, whoever the subject is", () => {
    fc.assert(
      fc.property(texts, texts, (text, other) => {
        const index = values.blindIndex(ssn, text);

        expect(values.seal(anna, ssn, text).subarray(0, 16)).toEqual(index);
        expect(values.seal(ben, ssn, text).subarray(0, 16)).toEqual(index);
        expect(values.blindIndex(card, text)).not.toEqual(index);
        expect(values.blindIndex(ssn, other).equals(index)).toBe(text === other);
      }),
    );
  });

  test("of a field that is equal within one subject only shows nothing across subjects", () => {
    const blood = { dataset: "customers", field: "blood", equality: "subject" } as const;

    const annas = values.seal(anna, blood, "AB-");

    expect(values.seal(anna, blood, "AB-")).toEqual(annas);
    expect(values.seal(ben, blood, "AB-").subarray(0, 16)).not.toEqual(annas.subarray(0, 16));
    expect(values.open(anna.key, blood, annas)).toBe("AB-");
    expect(() => values.blindIndex(blood, "AB-")).toThrow("within one subject only");
  });

  test("names its handle", () => {
    expect(handleIn(values.seal(anna, ssn, ""))).toBe(anna.handle);
    expect(handleIn(Buffer.alloc(59))).toBeUndefined();
  });
});

describe("a sealed document", () => {
  const place = { client: "acme", context: "quarantine" };

  test("opens as what it was, and is other bytes each time", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const sealed = sealDocument(anna, place, bytes);

        expect(openDocument(anna.key, place, sealed)).toEqual(Buffer.from(bytes));
        expect(sealDocument(anna, place, bytes)).not.toEqual(sealed);
        expect(handleIn(sealed)).toBe(anna.handle);
      }),
    );
  });

  test("is refused when a byte was changed, in another context, of another client, and as a value", () => {
    const sealed = sealDocument(anna, place, Buffer.from("a row as it came"));
    const changed = Array.from(sealed, (byte, position) => {
      const copy = Buffer.from(sealed);
      copy.writeUInt8(byte ^ 1, position);
      return openDocument(anna.key, place, copy);
    });

    expect([
      ...changed,
      openDocument(anna.key, { ...place, context: "history" }, sealed),
      openDocument(anna.key, { ...place, client: "bank" }, sealed),
      openDocument(anna.key, place, sealed.subarray(0, 59)),
      values.open(anna.key, ssn, sealed),
      openDocument(anna.key, place, values.seal(anna, ssn, "078-05-1120")),
    ]).toEqual(Array.from({ length: sealed.length + 5 }, () => undefined));
  });
});

test("what is hashed together is spelled so that no two lists are the same", () => {
  const lists = fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 });
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(framed(left).equals(framed(right))).toBe(isSame);
    }),
  );
});

test("keyed hashes differ by purpose and by client", () => {
  const hashes = [
    keyedHash(keys, "row", "a"),
    keyedHash(keys, "suppression", "a"),
    keyedHash(clientKeys("bank", lasting), "row", "a"),
    keyedHash(keys, "row", "b"),
  ];

  expect(new Set(hashes.map((hash) => hash.toString("hex"))).size).toBe(4);
  expect(keyedHash(keys, "row", Buffer.from("a"))).toEqual(hashes[0]);
});
