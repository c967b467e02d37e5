import { expect, test } from "vitest";
import { renderTable } from "./table.ts";

const segments = [
  { name: "loyal", members: 1816, who: "Customers who have stayed for at least four years" },
  { name: "churned", members: 9, who: "Customers who left" },
];
const columns = [
  { head: "segment", cell: (row: (typeof segments)[number]) => row.name },
  { head: "members", cell: (row: (typeof segments)[number]) => row.members },
  { head: "who", cell: (row: (typeof segments)[number]) => row.who },
];

test("columns are as wide as their widest cell, and numbers stand to the right", () => {
  expect(renderTable(segments, columns)).toBe(
    [
      "segment  members  who",
      "loyal      1,816  Customers who have stayed for at least four years",
      "churned        9  Customers who left",
    ].join("\n"),
  );
});

test("a last column that the terminal has no room for goes on under itself", () => {
  expect(renderTable(segments, columns, 45)).toBe(
    [
      "segment  members  who",
      "loyal      1,816  Customers who have stayed",
      "                  for at least four years",
      "churned        9  Customers who left",
    ].join("\n"),
  );
});

test("a terminal too narrow for the last column gets whole lines, which it wraps itself", () => {
  expect(renderTable(segments, columns, 40)).toBe(renderTable(segments, columns));
});

test("control characters of a value never reach the terminal", () => {
  const [cell] = renderTable([{ text: "a\u001b[2Jb" }], [{ head: "", cell: (row) => row.text }])
    .split("\n")
    .slice(1);

  expect(cell).toBe("a�[2Jb");
});
