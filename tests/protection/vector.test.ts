/** The page that says what the bytes are, beside the code that makes them. */
import { expect, test } from "vitest";
import { clientKeys, handleOf } from "../../src/modules/protection/sealing/client-keys.ts";
import { SealedValues } from "../../src/modules/protection/sealing/sealed-value.ts";
import { SubjectKey } from "../../src/modules/protection/sealing/subject-key.ts";
import { blocksOf, readDocument } from "../docs/document.ts";

test("the test vector of docs/protection.md is what the code computes", () => {
  const page = readDocument("docs/protection.md");
  const vector: Record<string, string> & { owner: string[] } = JSON.parse(
    blocksOf(page).find(({ language }) => language === "json")?.text ?? "",
  );
  const { client = "", dataset = "", field = "", text = "" } = vector;
  const keys = clientKeys(client, Buffer.from(vector["lasting"] ?? "", "hex"));
  const key = new SubjectKey(Buffer.from(vector["subjectKey"] ?? "", "hex"));
  const values = new SealedValues(keys);
  const subject = { handle: handleOf(keys, vector.owner), key };
  const sealed = values.seal(subject, { dataset, field }, text);
  const equality = "subject";

  expect({
    handle: subject.handle,
    sealed: sealed.toString("hex"),
    sealedBySubject: values.seal(subject, { dataset, field, equality }, text).toString("hex"),
    secret: key.secret(vector["secretUse"] ?? "").toString("hex"),
  }).toEqual({
    handle: vector["handle"],
    sealed: vector["sealed"],
    sealedBySubject: vector["sealedBySubject"],
    secret: vector["secret"],
  });
  expect(values.open(key, { dataset, field }, sealed)).toBe(text);
});
