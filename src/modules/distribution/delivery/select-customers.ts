/** From a route's segment or criteria to the query that chooses its customers. */
import { z } from "zod";
import { NotFoundError, must, didYouMean } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { membersQuery, parseCriteria, type SegmentResolver } from "../../criteria/index.ts";
import { storedDefinitions } from "../store/definitions.ts";
import type { CustomerSelection } from "../store/projection.ts";
import type { SelectionRequest } from "./deps.ts";

/** All that is needed of a segment here; segments check the rest. */
const segmentBody = z.object({ criteria: z.string() });

/**
 * The selection by segments as they were last applied. Membership is evaluated, not looked up, so that
 * it is that of `asOf`.
 * @throws NotFoundError when there is no such segment
 * @throws InvalidInputError when criteria no longer fit the contract
 */
export async function selectCustomers(
  tx: Transaction,
  { catalogue, asOf, segment, criteria }: SelectionRequest,
): Promise<CustomerSelection> {
  const stored = await storedDefinitions(tx, "segment");
  const texts = new Map(stored.map(({ name, body }) => [name, segmentBody.parse(body).criteria]));
  const text = segment === undefined ? criteria : texts.get(segment);
  if (text === undefined) {
    const name = must(segment, "a route has a segment or criteria");
    throw new NotFoundError("segment-unknown", `there is no segment ${name}`, {
      hint: didYouMean(name, texts.keys()) ?? "apply the folder with this segment in it",
    });
  }
  const parse = (one: string) => parseCriteria(one, catalogue, { segments: texts.keys() });
  const segments: SegmentResolver = (name) => {
    const meaning = texts.get(name);
    return meaning === undefined ? undefined : { kind: "criteria", criteria: parse(meaning) };
  };
  return membersQuery(parse(text), { catalogue, asOf, segments });
}
