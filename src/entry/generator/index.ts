/** The seeded generator of example customers: the only door of this folder. */
export {
  DEFAULT_ERRORS,
  DEFAULT_UNTIL,
  generate,
  GENERATED_CLIENTS,
  type GeneratedClient,
  type GenerateOptions,
  type GenerateReport,
} from "./generate.ts";
export type { FileReport } from "./row-file.ts";
export type { ErrorRates } from "./scenario.ts";
