/**
 * Intake's reading half: from the bytes of a file to rows that PostgreSQL can copy, every row accounted for, in
 * bounded memory, without touching a database.
 */
import { InvalidInputError, must } from "../../kernel/index.ts";
import { storedType } from "../contracts/index.ts";
import type { Dataset, FieldType } from "../contracts/index.ts";
import { bind, wantedColumns } from "./mapping/bind.ts";
import type { Binding, Target } from "./mapping/bind.ts";
import { checkSource } from "./mapping/check-source.ts";
import { CopyBuffer } from "./mapping/copy-row.ts";
import { RowRules } from "./mapping/row-rules.ts";
import { RowWriter } from "./mapping/row-writer.ts";
import type { RowIssue } from "./mapping/row-writer.ts";
import { ExactSum } from "./mapping/sum.ts";
import { TrailerReader } from "./mapping/trailer.ts";
import type { Trailer } from "./mapping/trailer.ts";
import type { Detected } from "./reading/format.ts";
import { openRows } from "./reading/open.ts";
import type { RowSource } from "./reading/open.ts";
import type { RowBatch } from "./reading/row-batch.ts";

export type { RowIssue, Trailer };

/** A column of the staging table that prepared rows are copied into. */
export interface StagingColumn {
  readonly name: string;
  readonly pgType: string;
}

/** A row that was not accepted. */
export interface RejectedRow {
  /** 1-based line of the input on which the row begins; for JSON arrays and Parquet the row's number. */
  readonly line: number;
  /** The row's bytes as they came (cut at 64 KB); for workbooks and Parquet its values as a JSON array. */
  readonly original: Buffer;
  readonly issues: readonly RowIssue[];
}

/** Rows that were prepared together. */
export interface PreparedBatch {
  /** Rows for `COPY … FROM STDIN` in text format, columns as {@link stagingColumns} lists them. */
  readonly copy: Buffer;
  /** How many rows {@link copy} holds. */
  readonly rows: number;
  /** Lines of the first and the last row of the batch, rejected ones included. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly rejected: readonly RejectedRow[];
  /** Exact sums of the accepted rows, for the fields that the source's control names. */
  readonly sums: ReadonlyMap<string, string>;
  /** Bytes of the input so far, as they came (compressed, if it is). */
  readonly bytesRead: number;
}

/** What is known when the whole input was read. */
export interface PrepareSummary {
  readonly detected: Detected;
  readonly columns: readonly string[];
  /** Columns that no field takes and that the source does not ignore. */
  readonly unmapped: readonly string[];
  /** Rows: `read = accepted + rejected`. The trailer is no row. */
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Exact sums of the accepted rows. */
  readonly sums: ReadonlyMap<string, string>;
  /** Exact sums of the rejected rows, as far as the field could be read in them. */
  readonly rejectedSums: ReadonlyMap<string, string>;
  /** What the trailer states; undefined when the source has none or it did not come. */
  readonly trailer: Trailer | undefined;
  /** Whether the source announces a trailer that did not come: the input was probably cut off. */
  readonly isTrailerMissing: boolean;
  readonly bytesRead: number;
}

/** A source compiled against a contract. Can be used for any number of inputs, one after the other or at once. */
export interface PreparePlan extends Target {
  readonly rules: RowRules;
  readonly wantedColumns: readonly string[];
}

/** An input being prepared: iterate it once, then ask for the summary. */
export interface Preparation extends AsyncIterable<PreparedBatch> {
  /** @throws InvariantError before all batches were taken */
  summary(): PrepareSummary;
}

/**
 * Checks and compiles what is known before an input comes.
 * @throws InvalidInputError when the source or a row rule does not fit the contract
 */
export function definePrepare(target: Target): PreparePlan {
  const { source, dataset, catalogue } = target;
  const problems = checkSource(source, catalogue);
  if (problems.length > 0) {
    throw new InvalidInputError(
      "source-invalid",
      `the source ${source.source} does not fit the contract`,
      problems.map(({ path, message, hint }) => ({
        at: `${source.source}: ${path.join(".")}`,
        message,
        hint,
      })),
    );
  }
  return { ...target, rules: new RowRules(dataset), wantedColumns: wantedColumns(target) };
}

/** The columns of the staging table, in the order of the COPY rows. */
export function stagingColumns(dataset: Dataset): StagingColumn[] {
  const event = [
    { name: "_at", pgType: "timestamptz" },
    { name: "_subject", pgType: "text" },
  ];
  return [
    { name: "_line", pgType: "bigint" },
    { name: "_key", pgType: "text" },
    { name: "_hash", pgType: "uuid" },
    { name: "_stated_at", pgType: "timestamptz" },
    ...(dataset.kind === "event" ? event : []),
    ...dataset.fields.map((field) => ({ name: field.name, pgType: storedType(field) })),
  ];
}

/**
 * Prepares an input. Holds some megabytes at most, whatever the input's size.
 * @throws InvalidInputError while iterating, when the input as a whole cannot be read
 * @throws CancelledError while iterating, when the signal is aborted
 */
export function prepare(
  input: AsyncIterable<Uint8Array>,
  plan: PreparePlan,
  signal?: AbortSignal,
): Preparation {
  let summary: PrepareSummary | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      await using rows = await openRows(input, {
        format: plan.source.format,
        wantedColumns: plan.wantedColumns,
        signal,
      });
      const run = new PrepareRun(plan, rows);
      for await (const batch of rows.batches) {
        yield run.batch(batch);
      }
      const last = run.end();
      if (last !== undefined) {
        yield last;
      }
      summary = run.summary();
    },
    summary: () => must(summary, "the summary is asked for after all batches were taken"),
  };
}

/** What a row's fields are summed into. */
interface Summed {
  readonly name: string;
  readonly place: number;
  readonly total: ExactSum;
  readonly rejectedTotal: ExactSum;
}

/** One input on its way through. */
class PrepareRun {
  readonly #plan: PreparePlan;
  readonly #rows: RowSource;
  readonly #binding: Binding;
  readonly #writer: RowWriter;
  readonly #trailerReader: TrailerReader | undefined;
  readonly #summed: readonly Summed[];
  #trailer: Trailer | undefined;
  /** The trailer's row, in case that more rows follow and it is none. */
  #trailerRow: RejectedRow | undefined;
  #accepted = 0;
  #rejected = 0;
  #lastLine = 0;
  /** Bytes that the COPY rows of a batch took last time: the next one will be like it. */
  #copyBytes = 512 * 1024;

  constructor(plan: PreparePlan, rows: RowSource) {
    const { source, dataset } = plan;
    const isOpen = rows.detected.kind === "json" || rows.detected.kind === "jsonl";
    this.#plan = plan;
    this.#rows = rows;
    this.#binding = bind(plan, rows.columns, isOpen);
    this.#writer = new RowWriter(dataset, this.#binding, plan.rules);
    const { sums, trailer } = source.control;
    this.#trailerReader =
      trailer === undefined ? undefined : new TrailerReader(trailer, source, dataset);
    const names = new Set([...sums, ...Object.keys(trailer?.sums ?? {})]);
    this.#summed = dataset.fields.flatMap(({ name, type }, place) =>
      names.has(name)
        ? [{ name, place, total: new ExactSum(type), rejectedTotal: new ExactSum(type) }]
        : [],
    );
  }

  batch(batch: RowBatch): PreparedBatch {
    const copy = new CopyBuffer(this.#copyBytes);
    const rejected: RejectedRow[] = [];
    const sums = this.#summed.map(({ place }) => new ExactSum(this.#type(place)));
    const before = this.#accepted;
    for (let row = batch.firstRecord; row < batch.rows; row++) {
      if (this.#trailerReader?.recognises(batch, row) === true) {
        this.#takeTrailer(batch, row, rejected);
        continue;
      }
      this.#rejectTrailer(rejected);
      const issues = this.#structuralIssues(batch, row) ?? this.#read(batch, row);
      if (issues === undefined) {
        this.#writer.put(batch.line(row), copy);
        this.#accepted++;
        this.#sum(sums);
      } else {
        this.#reject(rejected, { line: batch.line(row), original: batch.original(row), issues });
      }
    }
    this.#summed.forEach(({ total }, index) =>
      total.addAll(must(sums[index], "one sum for each field")),
    );
    this.#lastLine = batch.line(batch.rows - 1);
    this.#copyBytes = Math.max(64 * 1024, Math.ceil(copy.length * 1.05));
    return {
      copy: Buffer.from(copy.bytes.buffer, 0, copy.length),
      rows: this.#accepted - before,
      firstLine: batch.line(batch.firstRecord),
      lastLine: this.#lastLine,
      rejected,
      sums: new Map(this.#summed.map(({ name }, index) => [name, sums[index]?.text ?? ""])),
      bytesRead: this.#rows.bytesRead(),
    };
  }

  /** What is left over after the last batch: a trailer that could not be read. */
  end(): PreparedBatch | undefined {
    if (this.#trailer !== undefined || this.#trailerRow === undefined) {
      return undefined;
    }
    const rejected: RejectedRow[] = [];
    this.#rejectTrailer(rejected);
    return {
      copy: Buffer.alloc(0),
      rows: 0,
      firstLine: this.#lastLine,
      lastLine: this.#lastLine,
      rejected,
      sums: new Map(),
      bytesRead: this.#rows.bytesRead(),
    };
  }

  summary(): PrepareSummary {
    const { detected, columns } = this.#rows;
    const ignored = new Set(this.#plan.source.ignore);
    const others = this.#rows.otherNames().filter((name) => !ignored.has(name));
    return {
      detected,
      columns,
      unmapped: [...this.#binding.unmapped, ...others],
      read: this.#accepted + this.#rejected,
      accepted: this.#accepted,
      rejected: this.#rejected,
      sums: new Map(this.#summed.map(({ name, total }) => [name, total.text])),
      rejectedSums: new Map(
        this.#summed.map(({ name, rejectedTotal }) => [name, rejectedTotal.text]),
      ),
      trailer: this.#trailer,
      isTrailerMissing: this.#trailerReader !== undefined && this.#trailer === undefined,
      bytesRead: this.#rows.bytesRead(),
    };
  }

  #type(place: number): FieldType {
    return must(this.#plan.dataset.fields[place], "places are places of fields").type;
  }

  #structuralIssues(batch: RowBatch, row: number): readonly RowIssue[] | undefined {
    const fault = batch.fault(row);
    if (fault !== undefined) {
      return [fault];
    }
    const found = batch.fieldCount(row);
    const wanted = this.#rows.columns.length;
    if (found === wanted || (found < wanted && !this.#rows.isExact)) {
      return undefined;
    }
    const message = `the row has ${found} values, the header has ${wanted} columns`;
    return [{ rule: found < wanted ? "too-few-columns" : "too-many-columns", message }];
  }

  #sum(sums: readonly ExactSum[]): void {
    for (let index = 0; index < sums.length; index++) {
      const { bytes, start, end } = this.#writer.field(this.#summed[index]?.place ?? 0);
      sums[index]?.add(bytes, start, end);
    }
  }

  #read(batch: RowBatch, row: number): readonly RowIssue[] | undefined {
    const issues = this.#writer.read(batch, row);
    if (issues !== undefined) {
      for (const { place, rejectedTotal } of this.#summed) {
        // A refused value stands as null in the row and adds nothing.
        const { bytes, start, end } = this.#writer.field(place);
        rejectedTotal.add(bytes, start, end);
      }
    }
    return issues;
  }

  #reject(rejected: RejectedRow[], row: RejectedRow): void {
    this.#rejected++;
    rejected.push(row);
  }

  #takeTrailer(batch: RowBatch, row: number, rejected: RejectedRow[]): void {
    this.#rejectTrailer(rejected);
    const read = must(this.#trailerReader, "only a source with a trailer has one").read(batch, row);
    const misplaced: RowIssue = {
      rule: "trailer",
      message: "this record is no trailer: other rows follow it",
    };
    this.#trailer = read.ok ? read.value : undefined;
    this.#trailerRow = {
      line: batch.line(row),
      original: batch.original(row),
      issues: read.ok ? [misplaced] : read.error,
    };
  }

  /** A row follows the supposed trailer, so it was none. */
  #rejectTrailer(rejected: RejectedRow[]): void {
    if (this.#trailerRow !== undefined) {
      this.#reject(rejected, this.#trailerRow);
      this.#trailerRow = undefined;
      this.#trailer = undefined;
    }
  }
}
