import { assert } from "../../../kernel/index.ts";
import type { Criteria } from "../tree/index.ts";
import type { QueryDraft, QueryOptions, RepeatableQuery } from "./draft.ts";
import { flipsOf } from "./next-flip.ts";
import { draftFor, memberSql, MOST_CRITERIA } from "./query.ts";

/** Criteria, and the bit that says whether they are true. */
export interface EvaluatedSlot {
  /** Slot n is bit n mod 8, from the lowest, of byte n div 8, as PostgreSQL's `get_bit` counts. */
  readonly slot: number;
  readonly criteria: Criteria;
}

export interface EvaluationOptions extends QueryOptions {
  /** Bytes of `bits`: a multiple of 8 that has room for every slot. */
  readonly width: number;
  /** `each`: also when time alone would change the answer of each slot. */
  readonly flips: "due" | "each";
}

/** A statement that evaluates criteria. */
export interface EvaluationQuery extends RepeatableQuery {
  /** The slots whose answers time alone can change: the order of the instants in `flips`. */
  readonly flipping: readonly number[];
}

/** A row of an {@link evaluationQuery}. */
export interface EvaluationRow {
  readonly _id: bigint;
  /** The slots whose criteria are true; slots that were not asked about are 0. */
  readonly bits: Buffer;
  /** Until then no answer changes unless the data does; null: never. Whole milliseconds, after asOf. */
  readonly due: Date | null;
  /** With `flips: "each"`, where any slot is flipping: what {@link flipAt} reads. */
  readonly flips?: Buffer | undefined;
}

/** The instant from which PostgreSQL counts microseconds. */
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);
/** `array_send` begins with dimensions, flags, the type, the length and the first index, of 4 bytes each. */
const ARRAY_HEADER_BYTES = 20;

/**
 * One row (see {@link EvaluationRow}) for each member asked about, or for everybody: which of the
 * criteria are true, and until when all of that stays so. All criteria in one pass over the data.
 *
 * The text is the same whatever the instant and the members: prepare it once, and ask again with
 * `valuesFor`.
 *
 * At most {@link MOST_CRITERIA} slots: of more, ask for some at a time with the full `width`, join the
 * bits with `or`, and take the least due.
 */
export function evaluationQuery(
  slots: readonly EvaluatedSlot[],
  options: EvaluationOptions,
): EvaluationQuery {
  const { width, flips } = options;
  assert(
    slots.length > 0 && slots.length <= MOST_CRITERIA,
    () => `an evaluation takes 1 to ${MOST_CRITERIA} slots, not ${slots.length}`,
  );
  assert(
    width % 8 === 0 && slots.every(({ slot }) => slot >= 0 && slot < width * 8),
    () => `slots have no room in ${width} bytes`,
  );
  const draft = draftFor(
    slots.map(({ criteria }) => criteria),
    options,
  );
  const bits = bitsSql(draft, slots, width);
  const due = flipsOf(
    draft,
    slots.map(({ criteria }) => criteria),
  ).leastMillisecond();
  const flipping = flips === "each" ? flippingOf(draft, slots) : [];
  const columns = [
    draft.memberId,
    `${bits} as bits`,
    `${due} as due`,
    ...(flipping.length === 0 ? [] : [`${eachSql(flipping)} as flips`]),
  ];
  const statement = draft.statement(`select ${columns.join(",\n")}`);
  return { ...statement, flipping: flipping.map(({ slot }) => slot) };
}

/**
 * When time alone changes the answer of one of the flipping slots; undefined: never. Most are asked about
 * none or one of them, so the others are passed over unread.
 * @param place of the slot among the flipping ones
 */
export function flipAt(flips: Buffer, place: number): Date | undefined {
  let at = ARRAY_HEADER_BYTES;
  for (let passed = 0; passed < place; passed++) {
    at += 4 + Math.max(0, flips.readInt32BE(at));
  }
  if (flips.readInt32BE(at) < 0) {
    return undefined;
  }
  const microseconds = Number(flips.readBigInt64BE(at + 4));
  return new Date(EPOCH_2000_MS + Math.ceil(microseconds / 1_000));
}

/** `int8send` writes the highest byte first, so the first slots are the highest byte of a word. */
function bitsSql(draft: QueryDraft, slots: readonly EvaluatedSlot[], width: number): string {
  const words = Array.from({ length: width / 8 }, (): string[] => []);
  for (const { slot, criteria } of slots) {
    const exponent = 56 - 8 * ((slot % 64) >> 3) + (slot & 7);
    const bit = BigInt.asIntN(64, 1n << BigInt(exponent));
    words[Math.floor(slot / 64)]?.push(
      `case when ${memberSql(draft, criteria)} then bigint '${bit}' else 0 end`,
    );
  }
  return words
    .map((terms) => `int8send(${terms.length === 0 ? "bigint '0'" : terms.join(" +\n")})`)
    .join(" || ");
}

/** A slot, and the expression of the instant at which time alone changes its answer. */
interface FlippingSlot {
  readonly slot: number;
  readonly instant: string;
}

function flippingOf(draft: QueryDraft, slots: readonly EvaluatedSlot[]): FlippingSlot[] {
  return slots.flatMap(({ slot, criteria }) => {
    const flips = flipsOf(draft, [criteria]);
    return flips.isEmpty ? [] : [{ slot, instant: flips.least() }];
  });
}

/** As bytes, because a text of so many instants takes longer to write and to read than to find. */
function eachSql(flipping: readonly FlippingSlot[]): string {
  return `array_send(array[${flipping.map(({ instant }) => instant).join(",\n")}]::timestamptz[])`;
}
