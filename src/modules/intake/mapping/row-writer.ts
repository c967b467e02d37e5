/** Turns raw rows into rows of COPY text for the staging table, or into reasons why not. */
import { hash } from "node:crypto";

import { must } from "../../../kernel/index.ts";
import type { Dataset } from "../../contracts/index.ts";
import type { Zone } from "../normalise/zone.ts";
import { textOf } from "../reading/row-batch.ts";
import type { RowBatch } from "../reading/row-batch.ts";
import type { Binding } from "./bind.ts";
import type { Cell } from "./cell.ts";
import { CopyBuffer } from "./copy-row.ts";
import type { RowRules } from "./row-rules.ts";

/** What is wrong with a row. */
export interface RowIssue {
  /** The rule that the row breaks: `type`, `required`, `quote`, a row rule's id … */
  readonly rule: string;
  readonly field?: string | undefined;
  /** In words, without any value of the row. */
  readonly message: string;
}

const PERCENT = 0x25;
const BAR = 0x7c;

/** Prepares the rows of one input. Holds one row at a time. */
export class RowWriter {
  readonly #dataset: Dataset;
  readonly #cells: readonly Cell[];
  readonly #statedAt: Cell | undefined;
  readonly #zone: Zone;
  readonly #rules: RowRules;
  /** Places of the key's fields. */
  readonly #key: readonly number[];
  /** Places of an event's time and subject. */
  readonly #event:
    | { readonly time: number; readonly isDate: boolean; readonly subject: number }
    | undefined;
  /** The present row's fields as COPY text, each with a tab after it. */
  readonly #row = new CopyBuffer(64 * 1024);
  /** Where each field begins in {@link #row}; one entry more than fields. */
  readonly #offsets: Int32Array;
  readonly #stated = new CopyBuffer(64);

  constructor(dataset: Dataset, binding: Binding, rules: RowRules) {
    this.#dataset = dataset;
    this.#cells = binding.cells;
    this.#statedAt = binding.statedAt;
    this.#zone = binding.zone;
    this.#rules = rules;
    this.#offsets = new Int32Array(binding.cells.length + 1);
    this.#key = dataset.key.map((name) => placeOf(dataset, name));
    this.#event = eventPlaces(dataset);
  }

  /** Reads a row of a batch. @returns what is wrong with it, or undefined when {@link put} can follow */
  read(batch: RowBatch, row: number): RowIssue[] | undefined {
    const out = this.#row;
    const cells = this.#cells;
    let issues: RowIssue[] | undefined;
    out.length = 0;
    for (let place = 0; place < cells.length; place++) {
      this.#offsets[place] = out.length;
      const rejection = cells[place]?.write(batch, row, out);
      out.tab();
      if (rejection !== undefined) {
        const field = this.#dataset.fields[place]?.name;
        (issues ??= []).push({
          rule: rejection.rule,
          field,
          message: `${field} ${rejection.message}`,
        });
      }
    }
    this.#offsets[cells.length] = out.length;
    const stated = this.#readStatedAt(batch, row);
    if (stated !== undefined) {
      (issues ??= []).push(stated);
    }
    if (issues === undefined && !this.#rules.isEmpty) {
      const broken = this.#rules.broken(out, this.#offsets);
      issues = broken.length > 0 ? broken : undefined;
    }
    return issues;
  }

  /** Puts the row that was read: `_line, _key, _hash, _stated_at`, then for events `_at, _subject`, then the fields. */
  put(line: number, out: CopyBuffer): void {
    const row = this.#row;
    out.putCount(line);
    out.tab();
    this.#putKey(out);
    out.tab();
    out.putAscii(contentHash(row.bytes, row.length));
    out.tab();
    out.putRange(this.#stated.bytes, 0, this.#stated.length);
    out.tab();
    if (this.#event !== undefined) {
      this.#putEventTime(out);
      out.tab();
      this.#putField(this.#event.subject, out);
      out.tab();
    }
    out.putRange(row.bytes, 0, row.length - 1);
    out.newline();
  }

  /** The row's bytes and where the field at `place` lies in them. */
  field(place: number): { bytes: Uint8Array; start: number; end: number } {
    return { bytes: this.#row.bytes, start: this.#start(place), end: this.#end(place) };
  }

  #readStatedAt(batch: RowBatch, row: number): RowIssue | undefined {
    this.#stated.length = 0;
    if (this.#statedAt === undefined) {
      this.#stated.putNull();
      return undefined;
    }
    const rejection = this.#statedAt.write(batch, row, this.#stated);
    return rejection === undefined
      ? undefined
      : {
          rule: rejection.rule,
          message: `the time at which the source stated the row ${rejection.message}`,
        };
  }

  #putKey(out: CopyBuffer): void {
    const [only, ...others] = this.#key;
    if (only === undefined) {
      out.putNull();
    } else if (others.length === 0) {
      this.#putField(only, out);
    } else {
      this.#key.forEach((place, index) => {
        if (index > 0) {
          out.putAscii("|");
        }
        this.#putJoined(place, out);
      });
    }
  }

  /** A part of a key: `%` and `|` are written as `%25` and `%7C`, so that no two keys join to the same text. */
  #putJoined(place: number, out: CopyBuffer): void {
    const { bytes } = this.#row;
    const end = this.#end(place);
    let from = this.#start(place);
    for (let i = from; i < end; i++) {
      if (bytes[i] === PERCENT || bytes[i] === BAR) {
        out.putRange(bytes, from, i);
        out.putAscii(bytes[i] === PERCENT ? "%25" : "%7C");
        from = i + 1;
      }
    }
    out.putRange(bytes, from, end);
  }

  #putEventTime(out: CopyBuffer): void {
    const { time, isDate } = must(this.#event, "only events have a time");
    if (isDate) {
      out.putAscii(
        this.#zone.startOfDay(textOf(this.#row.bytes, this.#start(time), this.#end(time))),
      );
    } else {
      this.#putField(time, out);
    }
  }

  #putField(place: number, out: CopyBuffer): void {
    out.putRange(this.#row.bytes, this.#start(place), this.#end(place));
  }

  #start(place: number): number {
    return this.#offsets[place] ?? 0;
  }

  #end(place: number): number {
    return (this.#offsets[place + 1] ?? 1) - 1;
  }
}

/**
 * 128 bits over the canonical fields, as 32 hexadecimal digits, which PostgreSQL takes as a uuid: the first half of
 * SHA-256. Measured on 150 bytes with the CPU's SHA instructions it takes 0.4 µs, MD5 0.6 µs.
 */
function contentHash(bytes: Uint8Array, length: number): string {
  return hash("sha256", bytes.subarray(0, length), "hex").slice(0, 32);
}

function eventPlaces(
  dataset: Dataset,
): { readonly time: number; readonly isDate: boolean; readonly subject: number } | undefined {
  if (dataset.kind !== "event") {
    return undefined;
  }
  const time = placeOf(dataset, dataset.eventTime);
  return {
    time,
    isDate: dataset.fields[time]?.type.kind === "date",
    subject: placeOf(dataset, dataset.subject.field),
  };
}

function placeOf(dataset: Dataset, name: string): number {
  return must(
    dataset.fields.findIndex((field) => field.name === name),
    "the contract was checked",
  );
}
