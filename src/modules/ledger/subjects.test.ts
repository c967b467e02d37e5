import { expect, test } from "vitest";
import { commitToOne, keyedSubjects } from "./subjects.ts";

/** As many secrets as customers, each of its customer's number; customer 13 has none any more. */
const subjects = keyedSubjects((customers) =>
  Promise.resolve(
    customers.map((one) => (one === 13n ? undefined : Buffer.alloc(32, Number(one)))),
  ),
);

test("a commitment is the HMAC of the customer's number under the customer's secret", async () => {
  const commitments = await subjects.commitTo([1n, 2n, 12n]);

  expect(commitments).toEqual([
    "ceeb72837ab3e14e24686ee0c91871d9ae25ef852fbe33725625c2afeeed27fb",
    await commitToOne(subjects, 2n),
    await commitToOne(subjects, 12n),
  ]);
  expect(new Set(commitments).size).toBe(3);
});

test("nobody can say what an erased customer was called", async () => {
  await expect(subjects.commitTo([1n, 13n])).rejects.toMatchObject({
    kind: "refused",
    code: "subject-key-destroyed",
  });
});

test("the secret of a customer has 32 bytes", async () => {
  const short = keyedSubjects(() => Promise.resolve([Buffer.alloc(31)]));

  await expect(commitToOne(short, 1n)).rejects.toThrow("32 bytes");
});
