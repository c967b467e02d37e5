import { expect, test } from "vitest";
import type { Definition } from "../contracts/index.ts";
import { worldCatalogue } from "../../../tests/criteria/world.ts";
import { checkSegments } from "./index.ts";

const catalogue = { ...worldCatalogue("UTC"), purposes: ["marketing"] };

function file(name: string, criteria: string, more: Record<string, unknown> = {}): Definition {
  const body = {
    segment: name,
    title: name,
    kind: "behavioural",
    owner: "team",
    purpose: "marketing",
    criteria,
    ...more,
  };
  return {
    kind: "segment",
    name,
    file: `segments/${name}.yaml`,
    body,
    sha256: "",
    locate: (path) => ({ line: Object.keys(body).indexOf(String(path[0])) + 1, column: 1 }),
  };
}

test("segments that name each other in one direction have no issues", () => {
  const files = [file("vip", "customer.vip"), file("vip-berlin", 'in_segment("vip")')];

  expect(checkSegments(files, catalogue)).toEqual([]);
});

test("a mistake in criteria is found at its place in the file, with what was meant", () => {
  const issues = checkSegments([file("young", "customer.vip && customer.vist > 1")], catalogue);

  expect(issues).toEqual([
    {
      at: "segments/young.yaml: criteria",
      message: 'customers has no field "vist" (at character 26)',
      hint: 'did you mean "visits"?',
      line: 6,
      column: 1,
    },
  ]);
});

test("a purpose that the contract does not allow is an issue", () => {
  const [issue] = checkSegments([file("a", "true", { purpose: "resale" })], catalogue);

  expect(issue?.message).toBe('the contract has no purpose "resale"');
});

test("unknown members and kinds are issues, and the other files are still checked", () => {
  const files = [
    file("a", "true", { kinds: "x" }),
    file("b", "true", { kind: "geografic" }),
    file("c", 'in_segment("nobody")'),
  ];

  const issues = checkSegments(files, catalogue);

  expect(issues.map(({ at }) => at)).toEqual([
    "segments/a.yaml",
    "segments/b.yaml: kind",
    "segments/c.yaml: criteria",
  ]);
});

test("a circle of segments is an issue of each of them", () => {
  const files = [file("hen", 'in_segment("egg")'), file("egg", 'in_segment("hen")')];

  const issues = checkSegments(files, catalogue);

  expect(issues.map(({ message }) => message)).toEqual([
    "segments name each other in a circle: hen → egg → hen",
    "segments name each other in a circle: egg → hen → egg",
  ]);
});

test("a segment that stands too deep inside others is an issue", () => {
  const files = ["a", "b", "c", "d", "e", "f"].map((name, index, names) =>
    file(name, index === 5 ? "customer.vip" : `in_segment("${names[index + 1] ?? ""}")`),
  );

  const issues = checkSegments(files, catalogue);

  expect(issues.map(({ at }) => at)).toEqual(["segments/a.yaml: criteria"]);
});
