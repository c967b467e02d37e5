/** From a route's segment or criteria to the query that chooses its customers. */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { criteriaSelection, segmentQuery } from "../../segments/index.ts";
import type { CustomerSelection } from "../store/projection.ts";
import type { SelectionRequest } from "./deps.ts";

/**
 * The selection by segments as they were last applied. Membership is evaluated, not looked up, so that
 * it is that of `asOf`.
 * @throws NotFoundError when there is no such segment
 * @throws InvalidInputError when criteria no longer fit the contract
 */
export function selectCustomers(
  tx: Transaction,
  { catalogue, segment, criteria, ...asked }: SelectionRequest,
): Promise<CustomerSelection> {
  if (segment !== undefined) {
    return segmentQuery(tx, catalogue, { segment, ...asked });
  }
  const text = must(criteria, "a route has a segment or criteria");
  return criteriaSelection(tx, catalogue, { criteria: text, ...asked });
}
