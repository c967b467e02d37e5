export * from "./agreement-days.ts";
export * from "./waybill.ts";
