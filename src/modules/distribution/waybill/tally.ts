/** Records that are read back are counted, summed and committed to again. */
import { CompactRange, recordLeaf } from "../../ledger/index.ts";
import { CanonicalRecord, type ProjectedField } from "../payload/record.ts";
import type { RecordValues } from "../payload/text-form.ts";
import { Totals, type TotalledField } from "../payload/totals.ts";

/** Gives the salt of each record of a delivery: a `SaltSequence` of its secret. */
export interface RecordSalts {
  readonly at: (index: number) => Uint8Array;
}

/** What was found out about the records. */
export interface TallyContents {
  readonly count: number;
  /** Hex Merkle root over the salted commitments; that of no records, without salts. */
  readonly root: string;
  readonly totals: Readonly<Record<string, string>>;
}

/** What the packer found out about rows, found out about their text forms. */
export class Tally {
  readonly #canonical: CanonicalRecord;
  readonly #totals: Totals;
  readonly #salts: RecordSalts | undefined;
  readonly #tree = new CompactRange();
  #count = 0;

  constructor(
    fields: readonly ProjectedField[],
    totals: readonly TotalledField[],
    salts: RecordSalts | undefined,
  ) {
    this.#canonical = new CanonicalRecord(fields);
    this.#salts = salts;
    this.#totals = new Totals(fields, totals);
  }

  add(values: RecordValues): void {
    this.#totals.add((position) => values[position] ?? null);
    if (this.#salts !== undefined) {
      this.#tree.append(recordLeaf(this.#salts.at(this.#count), this.#canonical.of(values)));
    }
    this.#count += 1;
  }

  contents(): TallyContents {
    return {
      count: this.#count,
      root: this.#tree.root().toString("hex"),
      totals: this.#totals.result(),
    };
  }
}
