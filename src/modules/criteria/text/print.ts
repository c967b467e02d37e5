import { unreachable } from "../../../kernel/index.ts";
import type {
  ArithmeticValue,
  Condition,
  EventSelection,
  EventWindow,
  FieldValue,
  Value,
} from "../tree/index.ts";
import { printSpan } from "../tree/index.ts";

/** How tightly an operator binds, as in CEL's grammar; an operand that binds less stands in brackets. */
const OR = 1;
const AND = 2;
const RELATION = 3;
const SUM = 4;
const PRODUCT = 5;
const UNARY = 6;
const PRIMARY = 7;

interface Printed {
  readonly text: string;
  readonly binds: number;
}

/**
 * Prints a tree as criteria text. Reading the text again gives an equal tree, or refuses it when it has
 * pins: they are shown in explanations, but nobody writes them.
 */
export function printCondition(node: Condition): string {
  return printedCondition(node).text;
}

/** Prints a value of a tree as criteria text. */
export function printValue(node: Value): string {
  return printedValue(node).text;
}

function primary(text: string): Printed {
  return { text, binds: PRIMARY };
}

function atLeast(binds: number, printed: Printed): string {
  return printed.binds < binds ? `(${printed.text})` : printed.text;
}

function receiver(node: Value): string {
  return atLeast(PRIMARY, printedValue(node));
}

function printedCondition(node: Condition): Printed {
  switch (node.kind) {
    case "and":
      return joined(node.operands, "&&", AND);
    case "or":
      return joined(node.operands, "||", OR);
    case "not":
      return { text: `!${atLeast(UNARY, printedCondition(node.operand))}`, binds: UNARY };
    case "constant":
      return primary(String(node.value));
    case "comparison":
      return relation(node.left, node.operator, atLeast(SUM, printedValue(node.right)));
    case "membership":
      return relation(node.value, "in", `[${node.options.map(printValue).join(", ")}]`);
    case "list-contains":
      return relation(node.item, "in", atLeast(SUM, printedValue(node.list)));
    case "presence":
      return node.present && node.value.kind === "field"
        ? primary(`has(${printValue(node.value)})`)
        : relation(node.value, node.present ? "!=" : "==", "null");
    case "truth":
      return printedValue(node.value);
    case "text-test":
      return primary(`${receiver(node.value)}.${node.test}(${printValue(node.argument)})`);
    case "pattern":
      return primary(`${receiver(node.value)}.matches(${quoted(node.pattern)})`);
    case "occurrence":
      return primary(`${printSelection(node.events)}.${node.any ? "any" : "none"}()`);
    case "sequence": {
      const steps = node.steps.map(printSelection).join(", ");
      return primary(`sequence(${steps}).within("${printSpan(node.within)}")`);
    }
    case "segment":
      return primary(`in_segment(${quoted(node.name)})`);
    case "consent": {
      const channel = node.channel === "any" ? "" : `, ${quoted(node.channel)}`;
      return primary(`has_consent(${quoted(node.purpose)}${channel})`);
    }
    case "pinned":
      return primary(`pinned_${node.direction}(${quoted(node.segment)})`);
    default:
      return unreachable(node);
  }
}

function joined(operands: readonly Condition[], operator: string, binds: number): Printed {
  const texts = operands.map((operand) => atLeast(binds, printedCondition(operand)));
  return { text: texts.join(` ${operator} `), binds };
}

function relation(left: Value, operator: string, right: string): Printed {
  return {
    text: `${atLeast(SUM, printedValue(left))} ${operator} ${right}`,
    binds: RELATION,
  };
}

function printedValue(node: Value): Printed {
  switch (node.kind) {
    case "text-literal":
      return primary(quoted(node.text));
    case "number-literal":
      return number(node.text, node.integer);
    case "boolean-literal":
      return primary(String(node.value));
    case "date-literal":
      return primary(`date("${node.date}")`);
    case "instant-literal":
      return primary(`timestamp("${node.instant}")`);
    case "sealed-literal":
      return primary(`sealed("${node.index}")`);
    case "field":
      return primary(field(OWNERS[node.of], node.field));
    case "now":
      return primary("now()");
    case "arithmetic":
      return printedArithmetic(node);
    case "negation": {
      const operand = printedValue(node.operand);
      // -(5) is a negation, -5 a literal.
      const brackets = operand.binds < UNARY || node.operand.kind === "number-literal";
      return { text: brackets ? `-(${operand.text})` : `-${operand.text}`, binds: UNARY };
    }
    case "shift": {
      const instant = atLeast(SUM, printedValue(node.instant));
      return {
        text: `${instant} ${node.operator} duration("${printSpan(node.span)}")`,
        binds: SUM,
      };
    }
    case "letter-case":
      return primary(`${receiver(node.text)}.${node.to}()`);
    case "size":
      return primary(`size(${printValue(node.of)})`);
    case "age":
      return primary(`age(${printValue(node.date)})`);
    case "days-since":
      return primary(`daysSince(${printValue(node.of)})`);
    case "start-of-day":
      return primary(`timestamp(${printValue(node.date)})`);
    case "date-of":
      return primary(`date(${printValue(node.instant)})`);
    case "distance": {
      const operands = [node.latitude, node.longitude, node.toLatitude, node.toLongitude];
      return primary(`distance(${operands.map(printValue).join(", ")})`);
    }
    case "score":
      return primary(`score(${quoted(node.score)})`);
    case "aggregate": {
      const argument = node.field === undefined ? "" : quoted(node.field);
      return primary(`${printSelection(node.events)}.${node.function}(${argument})`);
    }
    default:
      return unreachable(node);
  }
}

function printedArithmetic(node: ArithmeticValue): Printed {
  const binds = node.operator === "+" || node.operator === "-" ? SUM : PRODUCT;
  const left = atLeast(binds, printedValue(node.left));
  const right = atLeast(binds + 1, printedValue(node.right));
  return { text: `${left} ${node.operator} ${right}`, binds };
}

function number(text: string, integer: boolean): Printed {
  const written = integer || text.includes(".") ? text : `${text}.0`;
  return { text: written, binds: text.startsWith("-") ? UNARY : PRIMARY };
}

/** What stands before the dot of a field. */
const OWNERS: Readonly<Record<FieldValue["of"], string>> = {
  customer: "customer",
  account: "account",
  member: "event",
  event: "e",
  person: "c",
};

/** Words of the grammar, which cannot stand after a dot. */
const RESERVED = new Set(
  (
    "in true false null as break const continue else for function if import let loop package " +
    "namespace return var void while"
  ).split(" "),
);

function field(owner: string, name: string): string {
  return RESERVED.has(name) ? `${owner}[${quoted(name)}]` : `${owner}.${name}`;
}

/** A CEL text literal. JSON's escapes are a subset of CEL's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Prints a selection of events: dataset, window, where. */
export function printSelection(selection: EventSelection): string {
  const binding = selection.window.kind === "timeless" ? OWNERS.person : OWNERS.event;
  const where =
    selection.where === undefined ? "" : `.where(${binding}, ${printCondition(selection.where)})`;
  return `${selection.dataset}${printWindow(selection.window)}${where}`;
}

function printWindow(window: EventWindow): string {
  switch (window.kind) {
    case "all-time":
    case "timeless":
      return "";
    case "within":
      return `.within("${printSpan(window.span)}")`;
    case "between":
      return `.between(${printBound(window.from)}, ${printBound(window.until)})`;
    case "before":
      return `.before(${printBound(window.until)})`;
    case "after":
      return `.after(${printBound(window.from)})`;
    default:
      return unreachable(window);
  }
}

/** A date given as the end of a window stands for its first instant. */
function printBound(bound: Value): string {
  return printValue(bound.kind === "start-of-day" ? bound.date : bound);
}
