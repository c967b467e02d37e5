import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { InvalidInputError } from "../../kernel/index.ts";
import { reportFailure } from "./failure.ts";
import { Output } from "./output.ts";

/** What both streams get when an error is reported. */
function reported(error: unknown, json: boolean): { code: number; stdout: string; stderr: string } {
  const texts = { stdout: "", stderr: "" };
  const into = (name: keyof typeof texts): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const stdout = into("stdout");
  const code = reportFailure(error, new Output(json, { stdout, stderr: into("stderr") }), stdout);
  return { code, ...texts };
}

const oneIssue = new InvalidInputError(
  "criteria-invalid",
  'criteria, line 1: there is no field "contrat"',
  [
    {
      at: "criteria",
      line: 1,
      message: 'there is no field "contrat"',
      hint: 'did you mean "contract"?',
    },
  ],
);

test("an issue that the message is made of is not said again", () => {
  expect(reported(oneIssue, false).stderr).toBe(
    'error: criteria, line 1: there is no field "contrat"\n  did you mean "contract"?\n',
  );
});

test("an issue in a text shows the place", () => {
  const excerpt = "orders.cuont() > 1\n       ^^^^^";
  const error = new InvalidInputError("criteria-invalid", "events have no method cuont()", [
    { at: "criteria", line: 1, column: 8, message: "events have no method cuont()", excerpt },
  ]);

  expect(reported(error, false).stderr).toBe(
    [
      "error: events have no method cuont()",
      "      orders.cuont() > 1",
      "             ^^^^^",
      "",
    ].join("\n"),
  );
});

test("a hint that several issues share is said once, below the last of them", () => {
  const hint = "there are id and name";
  const error = new InvalidInputError("columns-missing", "the input lacks 2 columns", [
    { at: "city", message: "there is no column TOWN", hint },
    { at: "phone", line: 3, column: 7, message: "there is no column TEL", hint },
  ]);

  expect(reported(error, false).stderr).toBe(
    [
      "error: the input lacks 2 columns",
      "  city: there is no column TOWN",
      "  phone:3:7: there is no column TEL",
      "    there are id and name",
      "",
    ].join("\n"),
  );
});

test("a program gets one JSON document with every issue", () => {
  const { code, stdout } = reported(oneIssue, true);

  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { kind: "invalid-input", code: "criteria-invalid", issues: [{ line: 1 }] },
  });
});

test("the message of an error that nobody foresaw is told to nobody", () => {
  const { code, stdout, stderr } = reported(new TypeError("Anna Weber"), true);

  expect(code).toBe(1);
  expect(stdout + stderr).not.toContain("Anna");
});

test("a disk that is full is said to be full, whoever was writing", () => {
  const error = Object.assign(new Error("write"), { code: "ENOSPC" });

  const { code, stderr } = reported(error, false);

  expect(code).toBe(7);
  expect(stderr).toContain("a disk is full");
});
