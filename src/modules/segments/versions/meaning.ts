import { createHash } from "node:crypto";
import type { Catalogue } from "../../contracts/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import { dependencies, printCriteria, type Criteria } from "../../criteria/index.ts";

/** What criteria mean apart from their text. */
export interface MeaningContext {
  readonly catalogue: Catalogue;
  /** The dataset whose rows are the members. */
  readonly subject: string;
  /** Digests of the segments that the criteria name, by name. */
  readonly nested: ReadonlyMap<string, string>;
}

/**
 * A digest of what is evaluated for criteria: equal digests select the same members of the same data at
 * every instant, so a version whose title alone changed need not be filled. Printed text stands for the
 * tree, since it reads back as an equal one and stays the same when a release shapes its trees anew.
 *
 * Pins are not part of it: a pin changes the answer about one member and makes that member be evaluated.
 * @returns hex SHA-256
 */
export function meaningDigest(criteria: Criteria, context: MeaningContext): string {
  const { catalogue, subject, nested } = context;
  const { time, accountFields } = dependencies(criteria, { catalogue });
  const facts = {
    subject,
    criteria: printCriteria(criteria),
    nested: [...nested].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    timeZone: time ? catalogue.timeZone : undefined,
    account: accountFields.length > 0 ? customerDataset(catalogue)?.account : undefined,
  };
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}
