/** Plain-text tables: a head, columns as wide as their widest cell, numbers to the right. */
import { wrapText } from "./wrap.ts";

export type Cell = string | number | bigint | boolean | Date | null | undefined;

export interface TableColumn<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Cell;
}

/** Control characters in values must not reach a terminal: they could rewrite what it shows. */
// oxlint-disable-next-line no-control-regex -- the pattern is about control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/gu;

export function showCell(cell: Cell): string {
  if (cell === null || cell === undefined) {
    return "–";
  }
  if (typeof cell === "number" || typeof cell === "bigint") {
    return cell.toLocaleString("en-US");
  }
  if (cell instanceof Date) {
    return cell.toISOString().replace(/\.\d{3}Z$/, "Z");
  }
  return String(cell).replace(CONTROL, "�");
}

/** A last column with less room than this is not wrapped: one word a line is worse than a long line. */
const LEAST_WRAP = 24;

/**
 * The table as text.
 * @param width where a last column of sentences is to be wrapped, under itself; never when left out
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  width?: number,
): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const texts = cells.map((row) => row.map(showCell));
  const widths = columns.map((column, index) =>
    Math.max(column.head.length, ...texts.map((row) => row[index]?.length ?? 0)),
  );
  const right = columns.map((_, index) =>
    cells.some((row) => typeof row[index] === "number" || typeof row[index] === "bigint"),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) =>
        right[index] === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const indent = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const room = width === undefined || width - indent < LEAST_WRAP ? Infinity : width - indent;
  const wrapped = (row: readonly string[]): string[] => {
    const [first = "", ...rest] = wrapText(row.at(-1) ?? "", room);
    return [line([...row.slice(0, -1), first]), ...rest.map((text) => " ".repeat(indent) + text)];
  };
  return [line(columns.map((column) => column.head)), ...texts.flatMap(wrapped)].join("\n");
}

/** Names and values below each other, the values aligned. */
export function renderFacts(facts: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${showCell(value)}`).join("\n");
}
