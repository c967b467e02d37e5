import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { SegmentBook } from "../segment-book.ts";
import { selectPinnedSegments } from "../store/pins.ts";
import { readWanted } from "./situation.ts";

/** The definitions in force, with what pins add to them. */
export async function openBook(tx: Transaction, catalogue: Catalogue): Promise<SegmentBook> {
  const wanted = await readWanted(tx);
  const definitions = wanted.map(({ definition }) => definition);
  return new SegmentBook(catalogue, definitions, await selectPinnedSegments(tx));
}
