import type { Criteria } from "./tree/index.ts";
import { walk } from "./tree/index.ts";

/** What the answer depends on: a change of anything else cannot change it. Names are sorted. */
export interface Dependencies {
  readonly customerFields: readonly string[];
  readonly accountFields: readonly string[];
  /** Event datasets with the fields that matter; their time and their customer always do. */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** Segments named by the criteria themselves; what those depend on is theirs to say. */
  readonly segments: readonly string[];
  /**
   * The answer can change without any new data: the clock is used, or events are, which can be dated
   * in the future. When it will is what the next flip says.
   */
  readonly time: boolean;
}

/** Collects what a tree depends on. */
export function dependencies(criteria: Criteria): Dependencies {
  const customerFields = new Set<string>();
  const accountFields = new Set<string>();
  const events = new Map<string, Set<string>>();
  const segments = new Set<string>();
  let time = false;
  const fieldsOf = (dataset: string): Set<string> => {
    const fields = events.get(dataset) ?? new Set();
    events.set(dataset, fields);
    return fields;
  };
  walk(criteria.root, {
    condition: (node) => {
      if (node.kind === "segment") {
        segments.add(node.name);
      }
    },
    value: (node) => {
      if (node.kind === "field" && node.of === "event") {
        fieldsOf(node.dataset).add(node.field);
      } else if (node.kind === "field") {
        (node.of === "account" ? accountFields : customerFields).add(node.field);
      } else if (node.kind === "aggregate" && node.field !== undefined) {
        fieldsOf(node.events.dataset).add(node.field);
      }
      time ||= node.kind === "now" || node.kind === "age" || node.kind === "days-since";
    },
    selection: (selection) => {
      fieldsOf(selection.dataset);
      time = true;
    },
  });
  return {
    customerFields: [...customerFields].sort(),
    accountFields: [...accountFields].sort(),
    events: new Map([...events.keys()].sort().map((name) => [name, [...fieldsOf(name)].sort()])),
    segments: [...segments].sort(),
    time,
  };
}
