import { InvalidInputError, RefusedError, type Issue } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { definitionFromStored, readDefinitions, type Catalogue } from "../../contracts/index.ts";
import { dependencies, parseCriteria } from "../../criteria/index.ts";
import type { SegmentClient } from "../segments.ts";
import { insertRemoval, lockDefinitions } from "../store/definitions.ts";
import type { Application } from "./apply.ts";
import { openNewestBook } from "./open-book.ts";

/**
 * Takes a segment's definition out of force. When the client is settled it is archived: nobody is in it
 * any more, and its history stays.
 * @throws NotFoundError `segment-not-found`
 * @throws RefusedError `segment-in-use` with every segment and route that names it
 */
export async function removeSegment(
  { db, scope, catalogue }: SegmentClient,
  segment: string,
  { actor, at }: Application,
): Promise<{ readonly segment: string; readonly version: number }> {
  return await db.scoped(scope, async (tx) => {
    await lockDefinitions(tx);
    (await openNewestBook(tx, catalogue)).definition(segment);
    const users = [
      ...(await segmentsNaming(tx, catalogue, segment)),
      ...(await routesNaming(tx, catalogue, segment)),
    ];
    if (users.length > 0) {
      const message = `the segment ${segment} is in use`;
      throw new RefusedError("segment-in-use", message, users);
    }
    return { segment, version: await insertRemoval(tx, { name: segment, at, actor }) };
  });
}

async function segmentsNaming(
  tx: Transaction,
  catalogue: Catalogue,
  segment: string,
): Promise<readonly Issue[]> {
  const book = await openNewestBook(tx, catalogue);
  return book.names
    .filter((name) => {
      const { criteria, subject } = book.definition(name);
      return namesSegment({ criteria, subject, catalogue }, segment);
    })
    .map((name) => inUse(`segment ${name}`, "change its criteria, or remove it as well"));
}

async function routesNaming(
  tx: Transaction,
  catalogue: Catalogue,
  segment: string,
): Promise<readonly Issue[]> {
  const routes = (await readDefinitions(tx, "route")).map(definitionFromStored);
  return routes
    .filter(({ body }) => {
      const { segment: own, criteria } = Object(body) as Readonly<Record<string, unknown>>;
      return (
        own === segment ||
        (typeof criteria === "string" && namesSegment({ criteria, catalogue }, segment))
      );
    })
    .map(({ name }) => inUse(`route ${name}`, "give it another segment, or remove it as well"));
}

/** Criteria that cannot be read name nothing that still worked. */
function namesSegment(
  {
    criteria,
    subject,
    catalogue,
  }: {
    readonly criteria: string;
    readonly subject?: string | undefined;
    readonly catalogue: Catalogue;
  },
  segment: string,
): boolean {
  try {
    const read = parseCriteria(criteria, catalogue, { subject });
    return dependencies(read, { catalogue }).segments.includes(segment);
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return false;
    }
    throw error;
  }
}

function inUse(at: string, hint: string): Issue {
  return { at, message: "it names the segment", hint };
}
