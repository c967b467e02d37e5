import { InvalidInputError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { parseCriteria } from "../../criteria/index.ts";
import type { SegmentDefinition } from "../definition.ts";
import { SegmentBook } from "../segment-book.ts";
import { selectBodies } from "../store/definitions.ts";
import { selectPinnedSegments } from "../store/pins.ts";
import { type KeptVersion, selectKept } from "../store/versions.ts";
import type { WantedSegment } from "./decide.ts";
import { readWanted } from "./situation.ts";
import { versionKey } from "./version-book.ts";

/**
 * The segments as they answer, with what pins add to them: the newest definitions, but where the newest
 * is still being filled or was refused, the one in force before it. Those in force fit together: all
 * that change with each other come into force at once.
 */
export async function openBook(tx: Transaction, catalogue: Catalogue): Promise<SegmentBook> {
  const wanted = await readWanted(tx);
  const kept = Map.groupBy(await selectKept(tx), ({ name }) => name);
  const held = wanted.flatMap((one) => heldBy(one, kept.get(one.definition.segment) ?? []));
  const bodies = await selectBodies(tx, held);
  const versions = new Map(held.map(({ name, version }) => [name, version]));
  const definitions = wanted.map(({ definition }) => {
    const version = versions.get(definition.segment) ?? 0;
    const before = bodies.get(versionKey(definition.segment, version));
    return before !== undefined && fits(before, catalogue) ? before : definition;
  });
  return new SegmentBook(catalogue, definitions, await selectPinnedSegments(tx));
}

/** The version that answers instead of the newest definition, if there is one. */
function heldBy({ version }: WantedSegment, kept: readonly KeptVersion[]): KeptVersion[] {
  const isHeld = kept.some(
    (one) => one.version >= version && (one.state === "filling" || one.state === "refused"),
  );
  return isHeld ? kept.filter(({ inForce }) => inForce) : [];
}

/** Whether the contract still has what the criteria ask about: its next version came with theirs. */
function fits({ criteria, subject }: SegmentDefinition, catalogue: Catalogue): boolean {
  try {
    parseCriteria(criteria, catalogue, { subject });
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return false;
    }
    throw error;
  }
}

/** The newest definitions, whatever became of them. */
export async function openNewestBook(tx: Transaction, catalogue: Catalogue): Promise<SegmentBook> {
  const definitions = (await readWanted(tx)).map(({ definition }) => definition);
  return new SegmentBook(catalogue, definitions, await selectPinnedSegments(tx));
}
