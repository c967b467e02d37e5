import type { Catalogue, Dataset } from "../contracts/index.ts";
import { customerDataset, findDataset } from "../contracts/index.ts";
import type { Condition, Criteria } from "./tree/index.ts";
import { allOf, condition, value } from "./tree/index.ts";

/**
 * The dataset whose rows can be members of criteria. Undefined when the contract has no such dataset.
 * @param name undefined for the customers
 */
export function subjectDataset(
  catalogue: Catalogue,
  name: string | undefined,
): Dataset | undefined {
  return name === undefined ? customerDataset(catalogue) : findDataset(catalogue, name);
}

/**
 * Why criteria of one subject cannot use `in_segment` of a segment of another; undefined when they can.
 * Members of a segment are what the criteria's own members are, or, where those are events, customers:
 * then the event's customer is asked about.
 */
export function segmentMismatch(of: Dataset, segment: Dataset): string | undefined {
  if (of.name === segment.name || (of.kind === "event" && segment.kind === "customer")) {
    return undefined;
  }
  return `the members of that segment are ${segment.name}, and these criteria are about ${of.name}`;
}

/** What makes a row a member: the criteria, and of an event also that it has happened. */
export function membershipOf({ root }: Criteria, subject: Dataset): Condition {
  return subject.kind === "event" ? allOf([happened(subject), root]) : root;
}

function happened({ name }: Dataset): Condition {
  const at = {
    kind: "field",
    of: "member",
    dataset: name,
    field: "_at",
    type: "timestamp",
  } as const;
  const [left, right] = [value(at), value({ kind: "now" })];
  return condition({ kind: "comparison", operator: "<=", left, right });
}
