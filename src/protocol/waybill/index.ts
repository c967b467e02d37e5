export * from "./agreement-days.ts";
export * from "./receipt.ts";
export * from "./waybill.ts";
