import { InvalidInputError } from "../../../kernel/index.ts";
import type { Condition } from "../tree/index.ts";
import { walk } from "../tree/index.ts";
import type { SegmentMeaning, SegmentResolver } from "./draft.ts";

/** How deep segments may name segments that name segments. */
export const DEEPEST_SEGMENTS = 5;

/** @throws InvalidInputError `segment-unknown` when nobody knows the name */
export function meaningOf(segments: SegmentResolver, name: string): SegmentMeaning {
  const meaning = segments(name);
  if (meaning === undefined) {
    throw segmentError("segment-unknown", `there is no segment ${JSON.stringify(name)}`);
  }
  return meaning;
}

/**
 * Checks every segment that a tree names, and those they name, before any SQL is written from it.
 * @throws InvalidInputError `segment-unknown`, `segment-cycle` or `segment-depth`
 */
export function checkSegmentUse(root: Condition, segments: SegmentResolver): void {
  checkBelow(root, segments, []);
}

function checkBelow(root: Condition, segments: SegmentResolver, path: readonly string[]): void {
  for (const name of segmentNames(root)) {
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
    const meaning = meaningOf(segments, name);
    if (meaning.kind === "criteria") {
      checkBelow(meaning.criteria.root, segments, here);
    }
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
