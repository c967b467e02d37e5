export * from "./catalogue.ts";
export { parseContract } from "./parse-contract.ts";
