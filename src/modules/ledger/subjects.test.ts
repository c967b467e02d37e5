import { expect, test } from "vitest";
import { derivedSubjects } from "./subjects.ts";

const KEY = Buffer.alloc(32, 7);

test("a customer has one commitment, which neither another customer nor another client shares", () => {
  const { subjectCommitment } = derivedSubjects(KEY);
  const other = derivedSubjects(Buffer.alloc(32, 8));

  const commitments = [1n, 2n, 12n, 21n].map(subjectCommitment);

  expect(commitments[0]).toBe("285d1e666520e9ab58ec100ed3b36afc192f4b588636489c84e6a43bd31a1997");
  expect(commitments).toEqual([1n, 2n, 12n, 21n].map(derivedSubjects(KEY).subjectCommitment));
  expect(new Set([...commitments, other.subjectCommitment(1n)]).size).toBe(5);
});

test("the secret of a client has 32 bytes", () => {
  expect(() => derivedSubjects(Buffer.alloc(31))).toThrow("32 bytes");
});
