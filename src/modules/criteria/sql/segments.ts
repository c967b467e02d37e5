import { InvalidInputError } from "../../../kernel/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { segmentMismatch, subjectDataset } from "../subject.ts";
import type { Condition, Criteria } from "../tree/index.ts";
import { walk } from "../tree/index.ts";
import type { SegmentResolver } from "./draft.ts";

/** How deep segments may name segments that name segments. */
export const DEEPEST_SEGMENTS = 5;

/** @throws InvalidInputError `segment-unknown` when nobody knows the name */
export function criteriaOf(segments: SegmentResolver, name: string): Criteria {
  const criteria = segments(name);
  if (criteria === undefined) {
    throw segmentError("segment-unknown", `there is no segment ${JSON.stringify(name)}`);
  }
  return criteria;
}

/** What the names in criteria stand for. */
export interface SegmentNames {
  readonly catalogue: Catalogue;
  readonly segments?: SegmentResolver | undefined;
}

/**
 * Checks every segment that criteria name, and those they name, before any SQL is written from them.
 * @throws InvalidInputError `segment-unknown`, `segment-cycle`, `segment-depth` or `segment-subject`
 */
export function checkSegmentUse(criteria: Criteria, names: SegmentNames): void {
  checkBelow(criteria, names, []);
}

function checkBelow(criteria: Criteria, names: SegmentNames, path: readonly string[]): void {
  for (const name of segmentNames(criteria.root)) {
    const here = [...path, name];
    if (path.includes(name)) {
      throw segmentError(
        "segment-cycle",
        `segments name each other in a circle: ${here.join(" → ")}`,
      );
    }
    if (here.length > DEEPEST_SEGMENTS) {
      const limit = `more than ${DEEPEST_SEGMENTS} segments stand inside each other`;
      throw segmentError("segment-depth", `${limit}: ${here.join(" → ")}`);
    }
    const inner = criteriaOf(names.segments ?? (() => undefined), name);
    checkSubjects(criteria, inner, { names, name });
    checkBelow(inner, names, here);
  }
}

function checkSubjects(
  criteria: Criteria,
  segment: Criteria,
  { names, name }: { readonly names: SegmentNames; readonly name: string },
): void {
  const [own, other] = [criteria, segment].map(({ subject }) =>
    subjectDataset(names.catalogue, subject),
  );
  const mismatch = own && other && segmentMismatch(own, other);
  if (mismatch !== undefined) {
    throw segmentError("segment-subject", `in_segment(${JSON.stringify(name)}): ${mismatch}`);
  }
}

/** The segments that a tree names itself. */
export function segmentNames(root: Condition): ReadonlySet<string> {
  const names = new Set<string>();
  walk(root, {
    condition: (node) => {
      if (node.kind === "segment") {
        names.add(node.name);
      }
    },
  });
  return names;
}

function segmentError(code: string, message: string): InvalidInputError {
  return new InvalidInputError(code, message, [{ at: "criteria", message }]);
}
