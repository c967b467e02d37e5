export * from "./condition.ts";
export * from "./events.ts";
export * from "./span.ts";
export * from "./value.ts";
export * from "./visit.ts";
