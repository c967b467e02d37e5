export * from "./waybill.ts";
