/** How a judgement is printed. */
import { renderTable } from "../cli/table.ts";
import type { Judged } from "./judge.ts";
import { OUTCOMES } from "./outcomes.ts";

/** @param columns how wide the terminal is, if it is one */
export function renderJudged(
  file: string,
  { ok, checks }: Pick<Judged, "ok" | "checks">,
  columns?: number,
): string {
  const table = renderTable(
    checks,
    [
      { head: "check", cell: (row) => row.name },
      { head: "", cell: (row) => OUTCOMES[row.outcome] },
      { head: "found", cell: (row) => row.detail },
    ],
    columns,
  );
  return `${table}\n\n${file}: ${ok ? "in order" : "NOT in order"}`;
}
