import { unreachable } from "../../../kernel/index.ts";
import type { Condition } from "./condition.ts";
import type { EventSelection, EventWindow } from "./events.ts";
import type { Value } from "./value.ts";

/** What stands directly below a node. */
export interface Children {
  readonly conditions: readonly Condition[];
  readonly values: readonly Value[];
  readonly selections: readonly EventSelection[];
}

const NONE: Children = { conditions: [], values: [], selections: [] };

/** The children of a condition, left to right. Nodes inside an event's `where` are reached through its selection. */
export function childrenOfCondition(node: Condition): Children {
  switch (node.kind) {
    case "and":
    case "or":
      return { ...NONE, conditions: node.operands };
    case "not":
      return { ...NONE, conditions: [node.operand] };
    case "comparison":
      return { ...NONE, values: [node.left, node.right] };
    case "membership":
      return { ...NONE, values: [node.value, ...node.options] };
    case "list-contains":
      return { ...NONE, values: [node.list, node.item] };
    case "text-test":
      return { ...NONE, values: [node.value, node.argument] };
    case "presence":
    case "truth":
    case "pattern":
      return { ...NONE, values: [node.value] };
    case "occurrence":
      return { ...NONE, selections: [node.events] };
    case "sequence":
      return { ...NONE, selections: node.steps };
    case "constant":
    case "segment":
    case "consent":
    case "pinned":
      return NONE;
    default:
      return unreachable(node);
  }
}

/** The children of a value, left to right. */
export function childrenOfValue(node: Value): Children {
  switch (node.kind) {
    case "arithmetic":
      return { ...NONE, values: [node.left, node.right] };
    case "negation":
      return { ...NONE, values: [node.operand] };
    case "shift":
    case "date-of":
      return { ...NONE, values: [node.instant] };
    case "letter-case":
      return { ...NONE, values: [node.text] };
    case "size":
    case "days-since":
      return { ...NONE, values: [node.of] };
    case "age":
    case "start-of-day":
      return { ...NONE, values: [node.date] };
    case "distance":
      return {
        ...NONE,
        values: [node.latitude, node.longitude, node.toLatitude, node.toLongitude],
      };
    case "aggregate":
      return { ...NONE, selections: [node.events] };
    case "text-literal":
    case "number-literal":
    case "boolean-literal":
    case "date-literal":
    case "instant-literal":
    case "sealed-literal":
    case "field":
    case "now":
    case "score":
      return NONE;
    default:
      return unreachable(node);
  }
}

/** The bounds of a window that are values. */
export function valuesOfWindow(window: EventWindow): readonly Value[] {
  switch (window.kind) {
    case "between":
      return [window.from, window.until];
    case "before":
      return [window.until];
    case "after":
      return [window.from];
    case "within":
    case "all-time":
    case "timeless":
      return [];
    default:
      return unreachable(window);
  }
}

/** Called for every node of a tree, parents first. Missing members are skipped. */
export interface TreeVisitor {
  readonly condition?: ((node: Condition) => void) | undefined;
  readonly value?: ((node: Value) => void) | undefined;
  readonly selection?: ((selection: EventSelection) => void) | undefined;
}

/** Walks a whole tree, windows and `where`s of events included. */
export function walk(node: Condition, visitor: TreeVisitor): void {
  visitor.condition?.(node);
  walkChildren(childrenOfCondition(node), visitor);
}

/** Walks a value, windows and `where`s of events included. */
export function walkValue(node: Value, visitor: TreeVisitor): void {
  visitor.value?.(node);
  walkChildren(childrenOfValue(node), visitor);
}

function walkChildren(children: Children, visitor: TreeVisitor): void {
  for (const child of children.conditions) {
    walk(child, visitor);
  }
  for (const child of children.values) {
    walkValue(child, visitor);
  }
  for (const selection of children.selections) {
    walkSelection(selection, visitor);
  }
}

function walkSelection(selection: EventSelection, visitor: TreeVisitor): void {
  visitor.selection?.(selection);
  for (const bound of valuesOfWindow(selection.window)) {
    walkValue(bound, visitor);
  }
  if (selection.where !== undefined) {
    walk(selection.where, visitor);
  }
}
