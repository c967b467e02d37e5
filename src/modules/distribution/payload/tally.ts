/** Records that are read back are counted, summed and committed to again. */
import { CompactRange, SaltSequence, recordLeaf } from "../../ledger/index.ts";
import type { Contents } from "./pack.ts";
import { CanonicalRecord, type ProjectedField } from "./record.ts";
import type { RecordValues } from "./text-form.ts";
import { Totals, type TotalledField } from "./totals.ts";

/** What the packer found out about rows, found out about their text forms. */
export class Tally {
  readonly #canonical: CanonicalRecord;
  readonly #totals: Totals;
  readonly #salts: SaltSequence | undefined;
  readonly #tree = new CompactRange();
  #count = 0;

  /** Without a secret there is no root. */
  constructor(
    fields: readonly ProjectedField[],
    totals: readonly TotalledField[],
    secret: Uint8Array | undefined,
  ) {
    this.#canonical = new CanonicalRecord(fields);
    this.#salts = secret === undefined ? undefined : new SaltSequence(secret, "records");
    this.#totals = new Totals(fields, totals);
  }

  add(values: RecordValues): void {
    this.#totals.add((position) => values[position] ?? null);
    if (this.#salts !== undefined) {
      this.#tree.append(recordLeaf(this.#salts.at(this.#count), this.#canonical.of(values)));
    }
    this.#count += 1;
  }

  contents(): Omit<Contents, "customers"> {
    return {
      count: this.#count,
      root: this.#tree.root().toString("hex"),
      totals: this.#totals.result(),
    };
  }
}
