/** The overview's style. One ink, one accent for what wants a person; dark and light as the reader has it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f6f2, #16181b);
  --sheet: light-dark(#fffefb, #1d2024);
  --ink: light-dark(#1f2328, #e4e2dc);
  --soft: light-dark(#6a6f76, #979ca4);
  --line: light-dark(#e3e0d8, #30343a);
  --good: light-dark(#2f6f4f, #7cc4a0);
  --warn: light-dark(#a2430f, #f0a070);
  --accent: light-dark(#274b7a, #9dbce8);
  --tint: light-dark(#f9ede3, #2b211b);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 72rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, dl, dd, ul, table { margin: 0; }
h1, h2 { font-family: ui-serif, "Iowan Old Style", "Palatino Linotype", Georgia, serif; font-weight: 600; }
h1 { font-size: 2rem; letter-spacing: -0.01em; }
h2 { font-size: 1.45rem; letter-spacing: -0.005em; }
h3 { font-size: 1rem; font-weight: 600; margin-bottom: 0.3rem; }
dt, th {
  font-size: 0.7rem; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; color: var(--soft);
}
code {
  font: 0.88em/1.4 ui-monospace, "SF Mono", Consolas, monospace;
  padding: 0.1em 0.4em; border-radius: 4px; background: var(--paper); border: 1px solid var(--line);
}
.masthead, .client > header {
  display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.25rem 1.5rem;
}
.masthead { padding-bottom: 1rem; border-bottom: 3px double var(--line); }
.soft, .client > header p { color: var(--soft); }
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); padding: 1.5rem 0; gap: 1rem; }
.totals div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.totals dd { font: 600 1.9rem/1.2 ui-serif, "Iowan Old Style", "Palatino Linotype", Georgia, serif; }
.warn { color: var(--warn); }
.good { color: var(--good); }
.sheet {
  padding: 1.4rem 1.6rem 1.6rem; margin-top: 1.25rem;
  background: var(--sheet); border: 1px solid var(--line); border-radius: 8px;
}
.wants { background: var(--tint); border-color: var(--warn); }
.wants h2, .work h2 { font-size: 1.15rem; margin-bottom: 0.6rem; }
.wants ul, .work ul { list-style: none; padding: 0; display: grid; gap: 0.5rem; }
.wants li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.25rem 1.5rem; }
.work li { display: grid; grid-template-columns: minmax(12rem, 1fr) 2fr minmax(9rem, auto); gap: 1rem; align-items: center; }
.work li > :last-child { text-align: right; }
progress { width: 100%; height: 0.5rem; accent-color: var(--accent); }
.client > header { padding-bottom: 0.9rem; margin-bottom: 1.1rem; border-bottom: 1px solid var(--line); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.6rem 2.5rem; }
.wide { grid-column: 1 / -1; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.3rem 1.25rem 0.3rem 0; text-align: left; white-space: nowrap; }
th { border-bottom: 1px solid var(--line); }
tr + tr td { border-top: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
th.number, td.number { text-align: right; padding-right: 2rem; }
th.number:last-child, td.number:last-child { padding-right: 0; }
.empty { color: var(--soft); line-height: 1.9; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.87rem; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem; }
  .work li { grid-template-columns: 1fr; gap: 0.2rem; }
  .work li > :last-child { text-align: left; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --sheet: #fff; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  .sheet { border-radius: 0; }
  table, .totals, .wants { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  footer { display: none; }
}
`;
