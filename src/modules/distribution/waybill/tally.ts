/** Records that are read back are counted, summed and committed to again. */
import { CompactRange } from "../../ledger/index.ts";
import type { ProjectedField } from "../payload/record.ts";
import { RecordLeaves, type RecordSalts } from "../payload/record-leaves.ts";
import type { RecordValues } from "../payload/text-form.ts";
import { Totals, type TotalledField } from "../payload/totals.ts";

/** What was found out about the records. */
export interface TallyContents {
  readonly count: number;
  /** Hex Merkle root over the salted commitments; that of no records, without salts. */
  readonly root: string;
  readonly totals: Readonly<Record<string, string>>;
}

/** What the packer found out about rows, found out about their text forms. */
export class Tally {
  readonly #totals: Totals;
  readonly #leaves: RecordLeaves | undefined;
  readonly #tree = new CompactRange();
  #count = 0;

  constructor(
    fields: readonly ProjectedField[],
    totals: readonly TotalledField[],
    salts: RecordSalts | undefined,
  ) {
    this.#leaves = salts === undefined ? undefined : new RecordLeaves(fields, salts);
    this.#totals = new Totals(fields, totals);
  }

  add(values: RecordValues): void {
    this.#totals.add((position) => values[position] ?? null);
    if (this.#leaves !== undefined) {
      this.#tree.appendDigest(this.#leaves.of(values, this.#count));
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
