import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { CancelledError, InvalidInputError } from "../../../kernel/index.ts";
import type { Database, Scope } from "../../../platform/postgres/index.ts";
import type { CustomerDataset } from "../../contracts/index.ts";
import {
  type Layout,
  readLayout,
  readLine,
  type RefusedLine,
  type StatementLine,
} from "./read-lines.ts";
import { customersOf, type Recording, writeStatements } from "./state-consents.ts";
import { type BlindIndex, findSpeakers } from "./find-speakers.ts";
import type { StatedBy } from "../store/consent-statements.ts";

export interface ConsentImport extends Omit<Recording, "at"> {
  readonly db: Database;
  readonly scope: Scope;
  readonly now: () => Date;
  /** Comma-separated values in UTF-8, the first line with the names of the columns. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** By which sealed identifiers and keys are found. */
  readonly blindIndex: BlindIndex;
  readonly signal: AbortSignal;
}

export interface ConsentImportReport {
  /** Lines with a statement or without: all but the first. */
  readonly lines: number;
  /** Statements that were not known. */
  readonly recorded: number;
  /** Statements that were there word for word. */
  readonly known: number;
  readonly refused: number;
  /** The first of the lines that were refused. */
  readonly refusals: readonly RefusedLine[];
}

/** Lines of one transaction: the head of the change log is locked for some milliseconds each. */
const BATCH = 1_000;
const MOST_REFUSALS = 1_000;
/** A line of a megabyte is no line of consents. */
const LONGEST_LINE = 1_048_576;

/**
 * Takes in a file of statements. Lines that cannot be taken are reported, the others are written down.
 * The same file again changes nothing, so one that was broken off is simply taken in again.
 * @throws InvalidInputError `consent-columns`, or `consent-file` when it is not CSV
 * @throws CancelledError when the signal is aborted; whole batches stay
 */
export async function importConsents(input: ConsentImport): Promise<ConsentImportReport> {
  const dataset = customersOf(input.catalogue);
  const taken = new Taken();
  let layout: Layout | undefined;
  let batch: StatementLine[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) {
      await writeBatch(input, { dataset, batch, taken });
      batch = [];
    }
  };
  for await (const row of rowsOf(input.bytes)) {
    if (input.signal.aborted) {
      throw new CancelledError("consent-import-cancelled", "the import of consents was stopped");
    }
    if (layout === undefined) {
      layout = readLayout(row.values, dataset);
      continue;
    }
    taken.lines += 1;
    const now = input.now();
    const read = readLine(layout, row, { catalogue: input.catalogue, now });
    if ("issues" in read) {
      taken.refuse(read);
    } else {
      batch.push(read);
    }
    if (batch.length === BATCH) {
      await flush();
    }
  }
  if (layout === undefined) {
    throw new InvalidInputError("consent-file", "the file is empty", [], {
      hint: "its first line names the columns: docs/consent.md",
    });
  }
  await flush();
  return taken.report();
}

class Taken {
  lines = 0;
  recorded = 0;
  known = 0;
  #refused = 0;
  readonly #refusals: RefusedLine[] = [];

  refuse(line: RefusedLine): void {
    this.#refused += 1;
    if (this.#refusals.length < MOST_REFUSALS) {
      this.#refusals.push(line);
    }
  }

  report(): ConsentImportReport {
    const { lines, recorded, known } = this;
    const refusals = this.#refusals.toSorted((a, b) => a.line - b.line);
    return { lines, recorded, known, refused: this.#refused, refusals };
  }
}

interface Row {
  readonly line: number;
  readonly values: readonly string[];
}

async function* rowsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Row> {
  const parser = Readable.from(bytes).pipe(
    parse({
      bom: true,
      info: true,
      relaxColumnCount: true,
      skipEmptyLines: true,
      maxRecordSize: LONGEST_LINE,
    }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
      yield { line: info.lines, values: record };
    }
  } catch (error) {
    throw fileProblem(error);
  }
}

interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** The parser's own messages quote what they read, so only its code and line are passed on. */
function fileProblem(error: unknown): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (typeof code !== "string" || !code.startsWith("CSV_")) {
    return error;
  }
  const line: unknown = error instanceof Error ? Reflect.get(error, "lines") : undefined;
  const where = typeof line === "number" ? `line ${line}` : "somewhere";
  return new InvalidInputError("consent-file", `${where} is not CSV as it is read here`, [], {
    hint: 'values are separated by commas; those with commas or quotes stand in "quotes"',
  });
}

interface Batch {
  readonly dataset: CustomerDataset;
  readonly batch: readonly StatementLine[];
  readonly taken: Taken;
}

async function writeBatch(input: ConsentImport, { dataset, batch, taken }: Batch): Promise<void> {
  const { db, scope, now, signal } = input;
  await db
    .scoped(
      scope,
      async (tx) => {
        const speakers = await findSpeakers(tx, batch, { dataset, blindIndex: input.blindIndex });
        const statements: StatedBy[] = [];
        const refused: RefusedLine[] = [];
        for (const [index, { line, statement }] of batch.entries()) {
          const speaker = speakers[index];
          if (typeof speaker === "bigint") {
            statements.push({ ...statement, record: speaker });
          } else if (speaker !== undefined) {
            refused.push({ line, issues: [speaker] });
          }
        }
        const recorded = await writeStatements(tx, statements, { ...input, at: now() });
        return { statements, refused, recorded };
      },
      { signal },
    )
    .then(({ statements, refused, recorded }) => {
      taken.recorded += recorded;
      taken.known += statements.length - recorded;
      refused.forEach((line) => taken.refuse(line));
    });
}
