/** The Open Data Contract Standard v3.1: judge a document by it. */
export { odcsContract } from "./contract.ts";
export type { OdcsContract, OdcsDataset, OdcsField } from "./contract.ts";
export { closed } from "./closed.ts";
export { isDateTime } from "./parts.ts";
export { readOdcs, schemaIssues } from "./read.ts";
export type { SchemaIssue } from "./read.ts";
