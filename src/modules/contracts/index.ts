/**
 * Contracts: what each client agreed, as a catalogue, as tables, and as the difference between the
 * client's folder and the database.
 */
export * from "./catalogue.ts";
export { getClient, listClients } from "./clients.ts";
export type { Client } from "./clients.ts";
export { definitionFromStored, definitionIssue, DEFINITION_KINDS } from "./definition.ts";
export type {
  Definition,
  DefinitionCheck,
  DefinitionChecks,
  DefinitionKind,
  DefinitionOrigin,
  StoredDefinition,
} from "./definition.ts";
export { createStatements, diffStatements } from "./ddl.ts";
export { coversKey, taxonomyProblem, DATA_CATEGORIES, DATA_USES } from "./fideslang.ts";
export { readFolder } from "./folder.ts";
export type { ClientFolder } from "./folder.ts";
export { readYaml } from "./located-yaml.ts";
export type { LocatedDocument, Path, Place } from "./located-yaml.ts";
export { parseContract } from "./parse-contract.ts";
export { patternProblem } from "./pattern.ts";
export { applyFolder, planFolder, planRefusals } from "./plan.ts";
export type { ApplyOptions, OnTop, Plan, PlannedChange } from "./plan.ts";
export type { ChangeEffect } from "./changes.ts";
export {
  currentContract,
  type DefinitionVersion,
  readDefinitions,
  readDefinitionsBeside,
  rewriteDefinitions,
} from "./store/versions.ts";
export {
  hasSealedFields,
  indexedAs,
  type IndexedPlace,
  referenceOf,
  SEALED_CATEGORIES,
} from "./sealing.ts";
export { type Reseal, type ResealedDataset } from "./reseal.ts";
export { fromTextFormSql, textFormSql } from "./store/text-form-sql.ts";
export { blindHex, blindIndexOf, comparable } from "./store/sealed-column.ts";
export { schemaIssues } from "./schema-issues.ts";
export { columnType, storedType, tablesOf } from "./tables.ts";
export type { Column, Table } from "./tables.ts";
