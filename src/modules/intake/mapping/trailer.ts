/** The last record of a file that says what the others add up to. */
import { ok } from "../../../kernel/index.ts";
import type { Result } from "../../../kernel/index.ts";
import { findField } from "../../contracts/index.ts";
import type { Dataset, Field } from "../../contracts/index.ts";
import { decimalNormaliser } from "../normalise/number.ts";
import type { RowBatch } from "../reading/row-batch.ts";
import type { SourceDefinition, TrailerDefinition } from "../source-definition.ts";
import { marksReader } from "./number-marks.ts";
import type { RowIssue } from "./row-writer.ts";

/** The totals that a trailer states. */
export interface Trailer {
  readonly line: number;
  readonly rows: number | undefined;
  readonly sums: ReadonlyMap<string, string>;
}

/** The widest number PostgreSQL's `numeric` is used for here: a total may be wider than its field. */
const MAX_DIGITS = 38;

/** Recognises and reads the trailer of a source. */
export class TrailerReader {
  readonly #definition: TrailerDefinition;
  readonly #source: SourceDefinition;
  readonly #dataset: Dataset;
  /** Looked at before any text is made. */
  readonly #firstByte: number | undefined;

  constructor(definition: TrailerDefinition, source: SourceDefinition, dataset: Dataset) {
    this.#definition = definition;
    this.#source = source;
    this.#dataset = dataset;
    this.#firstByte = Buffer.from(definition.starts)[0];
  }

  /** Whether the row's first value begins as a trailer does. */
  recognises(batch: RowBatch, row: number): boolean {
    const at = batch.firstFields[row] ?? 0;
    const isLikely = batch.bytes[batch.starts[at] ?? 0] === this.#firstByte;
    return isLikely && batch.text(row, 0)?.startsWith(this.#definition.starts) === true;
  }

  /** Reads the totals; the issues say which of them cannot be read. */
  read(batch: RowBatch, row: number): Result<Trailer, RowIssue[]> {
    const issues: RowIssue[] = [];
    const sums = new Map<string, string>();
    for (const [name, place] of Object.entries(this.#definition.sums)) {
      const field = findField(this.#dataset, name);
      const total =
        field === undefined ? undefined : this.#total(batch.text(row, place - 1), field);
      if (total === undefined) {
        issues.push({
          rule: "trailer",
          field: name,
          message: `column ${place} of the trailer holds no total of ${name}`,
        });
      } else {
        sums.set(name, total);
      }
    }
    const rows = this.#rows(batch, row, issues);
    const line = batch.line(row);
    return issues.length > 0 ? { ok: false, error: issues } : ok({ line, rows, sums });
  }

  #rows(batch: RowBatch, row: number, issues: RowIssue[]): number | undefined {
    const place = this.#definition.rows;
    if (place === undefined) {
      return undefined;
    }
    const text = batch.text(row, place - 1)?.trim() ?? "";
    if (!/^\d{1,15}$/.test(text)) {
      issues.push({
        rule: "trailer",
        message: `column ${place} of the trailer holds no number of rows`,
      });
    }
    return Number(text);
  }

  /** Totals are written as the field's values are: with the same marks. */
  #total(text: string | undefined, field: Field): string | undefined {
    const mapping = this.#source.fields[field.name];
    const marks = mapping !== undefined && "column" in mapping ? mapping : undefined;
    const plain =
      marks?.decimal === undefined && marks?.thousands === undefined
        ? text?.trim()
        : marksReader(marks.decimal ?? ".", marks.thousands)(text?.trim() ?? "");
    const scale = field.type.kind === "decimal" ? field.type.scale : 0;
    const total =
      typeof plain === "string" ? decimalNormaliser(MAX_DIGITS, scale)(plain) : undefined;
    return typeof total === "string" ? total : undefined;
  }
}
