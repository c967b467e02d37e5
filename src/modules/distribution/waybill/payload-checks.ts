/** Judges a payload by its waybill, in one pass over its bytes. */
import { createHash } from "node:crypto";
import type { Waybill } from "../../../protocol/waybill/index.ts";
import { isDecimal, scaleOf } from "../payload/exact-sum.ts";
import type { RecordSalts } from "../payload/record-leaves.ts";
import type { RecordValues } from "../payload/text-form.ts";
import { recordReader, type AnnouncedField } from "../reading/record-reader.ts";
import { PayloadUnreadable } from "../reading/unreadable.ts";
import { type Check, type CheckName, failed, judge, passed, skipped } from "./checks.ts";
import { Tally, type TallyContents } from "./tally.ts";

/** A payload, wherever it lies. */
export interface Payload {
  /** Its bytes in order, each time from the beginning. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
  /**
   * The records of a Parquet file; where there is nobody who reads one, its contents are not checked.
   * @throws PayloadUnreadable
   */
  readonly parquet?:
    | ((fields: readonly AnnouncedField[]) => AsyncIterable<RecordValues>)
    | undefined;
}

const CONTENT_CHECKS = ["fields", "count", "totals", "root"] as const;

/** What is reported when no payload was given. */
export function withoutPayload(): Check[] {
  const names: CheckName[] = ["payload-bytes", "payload-sha256", ...CONTENT_CHECKS];
  return names.map((name) => skipped(name, "no payload was given"));
}

/** @param salts of the delivery's records: with them the whole root is worked out again */
export async function payloadChecks(
  waybill: Waybill,
  payload: Payload,
  salts: RecordSalts | undefined,
): Promise<Check[]> {
  const { format } = waybill.payload;
  const counting = new Counting(waybill, salts);
  const reader = format === "parquet" ? undefined : recordReader(format, waybill.fields);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of payload.chunks()) {
    hash.update(chunk);
    bytes += chunk.length;
    counting.take(() => reader?.push(decoded(text, chunk)));
  }
  counting.take(() => reader?.push(decoded(text)));
  counting.take(() => reader?.end());
  if (reader === undefined && payload.parquet !== undefined) {
    await counting.takeAll(payload.parquet(waybill.fields));
  }
  const isRead = reader !== undefined || payload.parquet !== undefined;
  return [
    ...byteChecks(waybill, bytes, hash.digest("hex")),
    ...(isRead ? counting.checks() : CONTENT_CHECKS.map(unreadHere)),
  ];
}

function unreadHere(name: CheckName): Check {
  return skipped(name, "Parquet cannot be read here; the program 'waybill' checks what is in it");
}

/** @throws PayloadUnreadable when the bytes are not UTF-8 */
function decoded(text: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? text.decode() : text.decode(chunk, { stream: true });
  } catch {
    throw new PayloadUnreadable("the payload is not text in UTF-8");
  }
}

function byteChecks({ payload }: Waybill, bytes: number, sha256: string): Check[] {
  return [
    judge("payload-bytes", bytes === payload.bytes, [
      `${bytes} bytes`,
      `the payload has ${bytes} bytes and should have ${payload.bytes}: ${bytes < payload.bytes ? "it is cut short" : "something was added"}`,
    ]),
    judge("payload-sha256", sha256 === payload.sha256, [
      "the payload is the one that left",
      `the payload's SHA-256 is ${sha256} and should be ${payload.sha256}`,
    ]),
  ];
}

/** Counts records until they are found not to be what was announced. */
class Counting {
  readonly #waybill: Waybill;
  readonly #salts: RecordSalts | undefined;
  readonly #totals: readonly {
    readonly name: string;
    readonly scale: number;
    readonly position: number;
  }[];
  readonly #tally: Tally;
  #unreadable: PayloadUnreadable | undefined;

  constructor(waybill: Waybill, salts: RecordSalts | undefined) {
    this.#waybill = waybill;
    this.#salts = salts;
    this.#totals = Object.entries(waybill.totals).map(([name, sum]) => ({
      name,
      scale: scaleOf(sum),
      position: waybill.fields.findIndex((field) => field.name === name),
    }));
    this.#tally = new Tally(waybill.fields, this.#totals, salts);
  }

  /** Takes what `read` gives, unless something could not be read already. */
  take(read: () => readonly RecordValues[] | undefined): void {
    if (this.#unreadable !== undefined) {
      return;
    }
    try {
      for (const values of read() ?? []) {
        this.#add(values);
      }
    } catch (error) {
      this.#unreadable = asUnreadable(error);
    }
  }

  async takeAll(records: AsyncIterable<RecordValues>): Promise<void> {
    try {
      for await (const values of records) {
        this.#add(values);
      }
    } catch (error) {
      this.#unreadable = asUnreadable(error);
    }
  }

  checks(): Check[] {
    if (this.#unreadable === undefined) {
      return this.#contentChecks(this.#tally.contents());
    }
    const [first, ...rest] = CONTENT_CHECKS;
    return [
      failed(first, this.#unreadable.message),
      ...rest.map((name) => skipped(name, "the payload cannot be read")),
    ];
  }

  #add(values: RecordValues): void {
    for (const { name, scale, position } of this.#totals) {
      const value = values[position] ?? null;
      if (value !== null && (typeof value !== "string" || !isDecimal(value, scale))) {
        throw new PayloadUnreadable(`a value of ${name} cannot be summed with ${scale} decimals`);
      }
    }
    this.#tally.add(values);
  }

  #contentChecks(found: TallyContents): Check[] {
    const { fields, records, totals } = this.#waybill;
    const wrong = this.#totals.filter(({ name }) => found.totals[name] !== totals[name]);
    return [
      passed("fields", `exactly ${fields.map(({ name }) => name).join(", ")}`),
      judge("count", found.count === records.count, [
        `${found.count} records`,
        `the payload has ${found.count} records and should have ${records.count}`,
      ]),
      judge("totals", wrong.length === 0, [
        this.#totals.length === 0
          ? "none were promised"
          : `the sums of ${this.#totals.map(({ name }) => name).join(", ")} agree`,
        `the sum differs for ${wrong.map(({ name }) => name).join(", ")}`,
      ]),
      this.#salts === undefined
        ? skipped("root", "without the delivery's secret the commitments cannot be opened")
        : judge("root", found.root === records.root, [
            "the commitments to the records agree",
            "the Merkle root over the records differs: other records, another order or another secret",
          ]),
    ];
  }
}

function asUnreadable(error: unknown): PayloadUnreadable {
  if (error instanceof PayloadUnreadable) {
    return error;
  }
  throw error;
}
