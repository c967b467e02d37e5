/** Customers that one weak link holds together: were it wrong, they would be two. */
import { recordsOfGolden } from "../../customers/index.ts";
import { type Standing, standingPairs } from "../judgement/judgement.ts";
import { weakestLink } from "../judgement/strongest-links.ts";
import type { LinkSession } from "../linking/session.ts";
import type { Limits } from "../settlement/evidence.ts";
import { standingOf } from "../store/judgements.ts";
import { type OpenQuestion, weaklyLinked } from "../store/open-questions.ts";

/** So many weak pairs are looked at to find which of them are bridges. */
const LOOKED_AT = 1_000;
/** So many records of customers with weak links are looked at, of the smallest customers first. */
const MOST_RECORDS = 20_000;

/** Up to this weight a link is as doubtful as the pairs are that are asked about below the threshold. */
function weakLimit({ link, review }: Pick<Limits, "link" | "review">): number {
  return 2 * link - review;
}

/**
 * A question for each of the customers whose weakest link is weak: the strongest pair that connects its two
 * parts weighs no more than that. On pairs of which a person could not say what they are, nothing is asked
 * again: another pair may connect the parts.
 *
 * Read are only the judgements of customers that have a weak pair inside: of 128,000 records with 133,000
 * judgements, those of 25 customers, in 0.15 s beside the 0.4 s that pairs of two customers take.
 */
export async function weakBridges({ tx, dataset, linker }: LinkSession): Promise<OpenQuestion[]> {
  const { limits } = linker;
  const customers = await weaklyLinked(tx, dataset, {
    from: limits.link,
    to: weakLimit(limits),
    limit: LOOKED_AT,
    mostRecords: MOST_RECORDS,
  });
  const customerOf = new Map(
    (await recordsOfGolden(tx, dataset, customers)).map(({ record, id }) => [record, id]),
  );
  const rulings = standingPairs(await standingOf(tx, [...customerOf.keys()]))
    .map(({ ruling }) => ruling)
    .filter(({ judge, verdict }) => judge === "model" || verdict !== "unsure");
  const inside = Map.groupBy(rulings, ({ left, right }) => {
    const customer = customerOf.get(left);
    return customer === customerOf.get(right) ? customer : undefined;
  });
  return customers.flatMap((customer) =>
    bridgeOf(customer, inside.get(customer) ?? [], weakLimit(limits)),
  );
}

function bridgeOf(customer: bigint, rulings: readonly Standing[], limit: number): OpenQuestion[] {
  const weakest = weakestLink(rulings);
  if (weakest === undefined) {
    return [];
  }
  const { link, sides } = weakest;
  const { left, right, weight, verdict } = link;
  return link.judge === "model" && verdict === "same" && weight !== null && weight < limit
    ? [
        {
          left,
          right,
          weight,
          verdict,
          leftCustomer: customer,
          rightCustomer: customer,
          leftSize: BigInt(sides[0].size),
          rightSize: BigInt(sides[1].size),
        },
      ]
    : [];
}
