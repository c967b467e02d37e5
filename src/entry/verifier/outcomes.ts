/** How the outcome of a check is called, wherever it is shown. */
export const OUTCOMES = { passed: "ok", failed: "FAILED", skipped: "not checked" } as const;
