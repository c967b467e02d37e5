import type { Transaction } from "../../../platform/postgres/index.ts";
import { readDefinitions, type Catalogue } from "../../contracts/index.ts";
import { segmentSchema } from "../definition.ts";
import { selectKept, selectKnownSegments } from "../store/versions.ts";
import type { Situation, WantedSegment } from "./decide.ts";

/** The definitions in force and the versions kept, as a transaction sees them. */
export async function readSituation(
  tx: Transaction,
  catalogue: Catalogue,
  { retry }: { readonly retry: boolean },
): Promise<Situation> {
  return {
    catalogue,
    wanted: await readWanted(tx),
    kept: await selectKept(tx),
    known: await selectKnownSegments(tx),
    retry,
  };
}

/** The definitions of segments in force. */
export async function readWanted(tx: Transaction): Promise<readonly WantedSegment[]> {
  const stored = await readDefinitions(tx, "segment");
  return stored.map(({ body, version }) => ({ definition: segmentSchema.parse(body), version }));
}
