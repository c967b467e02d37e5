/** Runs one client's generator: many files at once, in constant memory, stoppable between customers. */
import { mkdir } from "node:fs/promises";
import { CancelledError, InvalidInputError, unreachable } from "../../kernel/index.ts";
import { dayOf } from "./calendar.ts";
import { freightScenario } from "./freight.ts";
import { healthScenario } from "./health.ts";
import { retailScenario } from "./retail.ts";
import { type FileReport, RowFile } from "./row-file.ts";
import type { ErrorRates, Scenario, ScenarioOptions } from "./scenario.ts";
import { telecomScenario } from "./telecom.ts";

/** The example clients, each with its folder below `examples/`. */
export const GENERATED_CLIENTS = ["telecom", "retail", "health", "freight"] as const;
export type GeneratedClient = (typeof GENERATED_CLIENTS)[number];

/** What careful offices produce: one contact in nine is a duplicate, one row in a thousand is bad. */
export const DEFAULT_ERRORS: ErrorRates = {
  duplicates: 0.12,
  typos: 0.25,
  nicknames: 0.3,
  moves: 0.15,
  secondEmails: 0.35,
  swappedDates: 0.05,
  missingFields: 0.06,
  caseChanges: 0.04,
  badRows: 0.001,
};

/** The end of the generated histories, so that the same seed gives the same bytes in every year. */
export const DEFAULT_UNTIL: Date = new Date("2026-11-01T00:00:00Z");

/** Beyond it customer numbers would not be computed exactly. */
const MOST_CUSTOMERS = 10_000_000;

/** Customers between two looks at the buffers, the signal and the progress. */
const STRIDE = 64;

export interface GenerateOptions {
  readonly client: GeneratedClient;
  /** 1 to 10,000,000. */
  readonly customers: number;
  /** A whole number. The same seed gives the same bytes. */
  readonly seed: number;
  /** The directory; it is made when absent. Files of the same names are replaced. */
  readonly out: string;
  /** Nothing happens on or after this day, in UTC. Default {@link DEFAULT_UNTIL}. */
  readonly until?: Date | undefined;
  /** Rates other than {@link DEFAULT_ERRORS}. */
  readonly errors?: Partial<ErrorRates> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with how much is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface GenerateReport {
  readonly client: GeneratedClient;
  readonly customers: number;
  readonly seed: number;
  readonly files: readonly FileReport[];
  /** Records of a person whom the same file already has. */
  readonly duplicates: number;
  /** Bad rows in all files. */
  readonly badRows: number;
  /** Each mistake that readers must accept, with how often it was made. */
  readonly mistakes: Readonly<Record<string, number>>;
}

/**
 * Writes a client's files: `telecom` → billing.csv, crm_contacts.csv, tickets.csv, calls.csv and
 * truth.csv (`source,record_id,person`); `retail` → orders.txt, profiles.csv and answers.csv; `health` →
 * patients.csv, conditions.csv, medications.csv, immunizations.csv and careplans.csv; `freight` →
 * accounts.csv, contacts.csv, shipments.csv, tickets.csv, calls.csv and consents.csv. Freight's customers are the
 * contacts; three of them make an account on average.
 * @throws InvalidInputError when a number is out of its range
 * @throws CancelledError when the signal aborts; nothing is left behind then
 */
export async function generate(options: GenerateOptions): Promise<GenerateReport> {
  const errors = { ...DEFAULT_ERRORS, ...options.errors };
  checkOptions(options, errors);
  const scenarioOptions: ScenarioOptions = {
    customers: options.customers,
    seed: options.seed,
    untilDay: dayOf(options.until ?? DEFAULT_UNTIL) - 1,
    errors,
  };
  switch (options.client) {
    case "telecom":
      return await run(telecomScenario(scenarioOptions), options);
    case "retail":
      return await run(retailScenario(scenarioOptions), options);
    case "health":
      return await run(healthScenario(scenarioOptions), options);
    case "freight":
      return await run(freightScenario(scenarioOptions), options);
    default:
      return unreachable(options.client);
  }
}

async function run<File extends string>(
  scenario: Scenario<File>,
  options: GenerateOptions,
): Promise<GenerateReport> {
  await mkdir(options.out, { recursive: true });
  const files = await openFiles(scenario, options.out);
  const all = Object.values<RowFile>(files);
  try {
    await writeAll(scenario, files, options);
    const reports: FileReport[] = [];
    for (const file of all) {
      reports.push(await file.finish());
    }
    return {
      client: options.client,
      customers: options.customers,
      seed: options.seed,
      files: reports,
      duplicates: scenario.tally.duplicates,
      badRows: reports.reduce((sum, file) => sum + file.badRows, 0),
      mistakes: scenario.tally.mistakes,
    };
  } catch (error) {
    await Promise.all(all.map((file) => file.abandon()));
    throw error;
  }
}

async function writeAll<File extends string>(
  { passes }: Scenario<File>,
  files: Readonly<Record<File, RowFile>>,
  { customers, signal, onProgress }: GenerateOptions,
): Promise<void> {
  const all = Object.values<RowFile>(files);
  for (const [number, pass] of passes.entries()) {
    for (let from = 0; from < customers; from += STRIDE) {
      const until = Math.min(from + STRIDE, customers);
      for (let index = from; index < until; index += 1) {
        pass(index, files);
      }
      const full = all.filter((file) => file.isFull);
      if (full.length === 0) {
        continue;
      }
      await Promise.all(full.map((file) => file.drain()));
      if (signal?.aborted === true) {
        throw new CancelledError(
          "generate.cancelled",
          "The generator was stopped; it left no files.",
        );
      }
      onProgress?.((number + until / customers) / passes.length);
    }
  }
  onProgress?.(1);
}

async function openFiles<File extends string>(
  { layouts }: Scenario<File>,
  directory: string,
): Promise<Readonly<Record<File, RowFile>>> {
  const files: Partial<Record<File, RowFile>> = {};
  for (const name in layouts) {
    files[name] = await RowFile.create(directory, layouts[name]);
  }
  return files as Record<File, RowFile>; // the loop above has filled in every name of the layouts
}

function checkOptions({ customers, seed }: GenerateOptions, errors: ErrorRates): void {
  const issues = [];
  if (!Number.isInteger(customers) || customers < 1 || customers > MOST_CUSTOMERS) {
    issues.push({ at: "customers", message: `must be a whole number from 1 to ${MOST_CUSTOMERS}` });
  }
  if (!Number.isSafeInteger(seed)) {
    issues.push({ at: "seed", message: "must be a whole number that is exact as a double" });
  }
  for (const [name, rate] of Object.entries<number>({ ...errors })) {
    // A rate of 1 would never stop making duplicates.
    if (!(rate >= 0 && rate < 1)) {
      issues.push({ at: `errors.${name}`, message: "must be at least 0 and less than 1" });
    }
  }
  if (issues.length > 0) {
    throw new InvalidInputError("generate.options", "The generator cannot work so.", issues);
  }
}
