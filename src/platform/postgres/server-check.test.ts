import { describe, expect, test } from "vitest";
import { serverIssues, type ServerFacts } from "./server-check.ts";

const sound: ServerFacts = {
  version: 180_004,
  role: "waybill",
  superuser: false,
  bypassesRls: false,
  createsRoles: true,
  inherits: false,
};

describe("the boot check", () => {
  const versions: readonly (readonly [version: number, isSafe: boolean])[] = [
    [140_020, false],
    [150_009, false],
    [150_010, true],
    [160_005, false],
    [160_006, true],
    [170_001, false],
    [170_002, true],
    [180_000, true],
    [190_000, true],
  ];
  test.for(versions)("version %i is safe: %s", ([version, isSafe]) => {
    expect(serverIssues({ ...sound, version })).toHaveLength(isSafe ? 0 : 1);
  });

  const unfit: readonly Partial<ServerFacts>[] = [
    { superuser: true },
    { bypassesRls: true },
    { createsRoles: false },
    { version: 150_010, inherits: true },
  ];
  test.for(unfit)("a login role with %o is refused, and how to mend it is said", (facts) => {
    const issues = serverIssues({ ...sound, ...facts });

    expect(issues).toHaveLength(1);
    expect(issues[0]?.hint).toBeTruthy();
  });
});
