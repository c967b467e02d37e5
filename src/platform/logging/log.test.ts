import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../kernel/index.ts";
import { createLog, type LogFields } from "./index.ts";

function capturedLog() {
  const lines: string[] = [];
  const log = createLog({ level: "debug", to: { write: (line) => void lines.push(line) } });
  return { log, lines, only: (): unknown => JSON.parse(lines[0] ?? "null") };
}

describe("a log line", () => {
  test("holds the event, the level, the time and the listed fields", () => {
    const { log, only } = capturedLog();

    log.with({ client: "telecom" }).info("intake-published", { rows: 3, intake: 7n });

    expect(only()).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      event: "intake-published",
      client: "telecom",
      rows: 3,
      intake: 7,
    });
  });

  test("refuses unknown fields when compiled and drops them when run", () => {
    const { log, only } = capturedLog();

    // @ts-expect-error: `email` is not a field of the log
    const fields: LogFields = { email: "erika@example.org", rows: 1 };
    log.info("looked-up", fields);

    expect(only()).not.toHaveProperty("email");
    expect(only()).toHaveProperty("rows", 1);
  });

  test("replaces text that does not look like a name", () => {
    const { log, only } = capturedLog();

    log.info("looked-up", { client: "erika@example.org", file: "a\nb", source: "billing" });

    expect(only()).toMatchObject({ client: "[unfit]", file: "[unfit]", source: "billing" });
  });

  test("never holds an address, whatever the field", () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.string(), (address, field) => {
        const { log, lines } = capturedLog();

        log.info(
          "x",
          Object.fromEntries([
            [field, address],
            ["client", address],
          ]),
        );

        expect(lines.join("")).not.toContain("@");
      }),
    );
  });
});

describe("an error in the log", () => {
  test("of our own says kind, code and message", () => {
    const { log, only } = capturedLog();

    log.error("failed", new InvalidInputError("contract", "contract.yaml is unfit"));

    expect(only()).toMatchObject({
      level: "error",
      error: { kind: "invalid-input", code: "contract", message: "contract.yaml is unfit" },
    });
  });

  test("of others says where, never what: the message may hold a value", () => {
    const { log, lines, only } = capturedLog();
    const cause = new TypeError("cannot parse Erika\nMustermann");

    log.error("failed", new Error("row of Erika Mustermann", { cause }));

    expect(lines.join("")).not.toMatch(/Erika|Mustermann/);
    expect(only()).toMatchObject({
      error: {
        name: "Error",
        stack: expect.arrayContaining([expect.stringContaining("log.test.ts")]),
        cause: { name: "TypeError" },
      },
    });
  });
});
