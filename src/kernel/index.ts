export * from "./assert.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./near-name.ts";
export * from "./once.ts";
export * from "./result.ts";
