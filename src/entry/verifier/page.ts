/** What the page for browsers calls; the page itself is page.html, and tools/verifier puts both together. */
export { judgeDropped } from "./dropped.ts";
export { OUTCOMES } from "./outcomes.ts";
