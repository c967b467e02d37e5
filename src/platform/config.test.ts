import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../kernel/index.ts";
import { readConfig } from "./config.ts";

describe("the environment", () => {
  test("may be empty: then the embedded database and the usual log are meant", () => {
    expect(readConfig({})).toEqual({
      databaseUrl: undefined,
      dataDir: undefined,
      logLevel: "info",
    });
  });

  test("gives what it sets, and takes an empty variable for one that is not set", () => {
    const config = readConfig({
      DATABASE_URL: "postgresql://u:p@db/waybill",
      WAYBILL_DATA: "",
      WAYBILL_LOG: "debug",
    });

    expect(config).toEqual({
      databaseUrl: "postgresql://u:p@db/waybill",
      dataDir: undefined,
      logLevel: "debug",
    });
  });

  test("is refused with every unfit variable and without a password", () => {
    const refused = catchError(() =>
      readConfig({ DATABASE_URL: "mysql://u:hunter2@db/x", WAYBILL_LOG: "loud" }),
    );

    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(refused).toMatchObject({ issues: [{ at: "DATABASE_URL" }, { at: "WAYBILL_LOG" }] });
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });
});

function catchError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
