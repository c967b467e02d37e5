/**
 * Refused rows of a person who is erased. A refused row is bytes that nobody could make sense of, so it
 * is known to be somebody's by one thing only: a cell that is one of their identifiers, or their key in
 * the same source.
 */
import { RefusedError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { Protection } from "../protection/index.ts";
import { openOriginals } from "./sealing/originals.ts";
import { type RefusedRow, refusedRows, removeRefused } from "./store/refused-rows.ts";

/** By what the rows of a person are recognised. */
export interface Recognition {
  /** Identifiers, wherever they stand. */
  readonly identifiers: readonly string[];
  /** Keys, each in rows of its source only. */
  readonly keys: readonly { readonly source: string; readonly key: string }[];
}

/** Shorter texts stand in too many cells to say whose a row is. */
const SHORTEST = 3;

/** From so many digits on, a number written with another prefix is taken for the same: `+49 30 …`, `030 …`. */
const NUMBER_DIGITS = 8;

/** What separates cells in delimited text and in JSON. */
const SEPARATORS = /[,;|\t\r\n"'{}[\]:]+/u;

/**
 * Removes refused rows about a person. Reads every refused row there is: some 100,000 a second.
 * @returns how many went
 */
export async function eraseRefused(
  tx: Transaction,
  recognition: Recognition,
  protection: Protection,
): Promise<number> {
  const isAbout = recogniser(recognition);
  const found: Pick<RefusedRow, "intake" | "line">[] = [];
  for await (const batch of refusedRows(tx)) {
    for (const rows of Map.groupBy(batch, ({ intake }) => intake).values()) {
      const opened = await openAsFarAsPossible(protection, rows);
      found.push(...opened.filter(isAbout).map(({ intake, line }) => ({ intake, line })));
    }
  }
  return found.length === 0 ? 0 : await removeRefused(tx, found);
}

/** Rows of an intake whose key is gone cannot be read by anybody, so nothing is left to erase in them. */
async function openAsFarAsPossible(
  protection: Protection,
  rows: readonly RefusedRow[],
): Promise<RefusedRow[]> {
  if (!rows.some(({ isSealed }) => isSealed)) {
    return [...rows];
  }
  try {
    return await openOriginals(protection, rows);
  } catch (error) {
    if (error instanceof RefusedError && error.code === "quarantine-shredded") {
      return rows.filter(({ isSealed }) => !isSealed);
    }
    throw error;
  }
}

/** Whether a row has a cell that names the person. Pure. */
export function recogniser({
  identifiers,
  keys,
}: Recognition): (row: Pick<RefusedRow, "source" | "original">) => boolean {
  const everywhere = new Set(identifiers.map(folded).filter(isTelling));
  const numbers = new Set([...everywhere].flatMap((text) => numberEnd(text) ?? []));
  const bySource = Map.groupBy(keys, ({ source }) => source);
  const keysOf = new Map(
    [...bySource].map(([source, all]) => [source, new Set(all.map(({ key }) => folded(key)))]),
  );
  return ({ source, original }) =>
    original
      .toString("utf8")
      .split(SEPARATORS)
      .some((cell) => {
        const text = folded(cell);
        const end = numberEnd(text);
        return (
          everywhere.has(text) ||
          (end !== undefined && numbers.has(end)) ||
          keysOf.get(source)?.has(text) === true
        );
      });
}

function isTelling(text: string): boolean {
  return text.length >= SHORTEST;
}

/** Letters and digits alone, in one case: how a cell and a normalised value are compared. */
function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}

function numberEnd(text: string): string | undefined {
  return text.length >= NUMBER_DIGITS && /^\d+$/u.test(text)
    ? text.slice(-NUMBER_DIGITS)
    : undefined;
}
