import { unreachable } from "../../kernel/index.ts";
import type { Catalogue, Dataset } from "../contracts/index.ts";
import { findDataset, findField } from "../contracts/index.ts";
import type { ConsentChannel } from "./consent.ts";
import { subjectDataset } from "./subject.ts";
import type {
  AggregateValue,
  ComparisonCondition,
  ComparisonOperator,
  Condition,
  Criteria,
  EventSelection,
  EventWindow,
  FieldValue,
  Value,
} from "./tree/index.ts";
import { describeSpan, typeOf } from "./tree/index.ts";

/** The criteria as an English sentence, with the titles that the contract gives its fields. */
export function describeCriteria(criteria: Criteria, catalogue: Catalogue): string {
  const { root, subject } = criteria;
  const dataset = subjectDataset(catalogue, subject);
  const isPeople = dataset === undefined || dataset.kind === "customer";
  const members = isPeople ? "customers" : titleOf(dataset);
  if (root.kind === "constant") {
    const nobody = isPeople ? "No customer" : `None of the ${members}`;
    return root.value ? `All ${members}.` : `${nobody}.`;
  }
  const who = `${members.charAt(0).toUpperCase()}${members.slice(1)}`;
  const condition = describeCondition(root, { catalogue, subject });
  return `${who} for ${isPeople ? "whom" : "which"} ${condition}.`;
}

/** What the names and the member of a tree are. */
export interface Described {
  readonly catalogue: Catalogue;
  /** The dataset whose rows can be members; undefined: the customers. */
  readonly subject?: string | undefined;
}

/** One condition in English, to stand after "for whom" or "for which". */
export function describeCondition(node: Condition, of: Described): string {
  return new Describer(of).condition(node);
}

/** One value in English, as a noun. */
export function describeValue(node: Value, of: Described): string {
  return new Describer(of).value(node);
}

/** How a comparison is said of numbers and texts; dates and instants have words of their own. */
const AMOUNT: Readonly<Record<ComparisonOperator, string>> = {
  "==": "is",
  "!=": "is not",
  "<": "is less than",
  "<=": "is at most",
  ">": "is more than",
  ">=": "is at least",
};
const TIME: Readonly<Record<ComparisonOperator, string>> = {
  "==": "is",
  "!=": "is not",
  "<": "is before",
  "<=": "is not after",
  ">": "is after",
  ">=": "is not before",
};
const RESULT: Readonly<Record<AggregateValue["function"], string>> = {
  count: "the number",
  sum: "the sum",
  avg: "the average",
  min: "the least",
  max: "the greatest",
  first: "the first",
  last: "the last",
  distinct: "the number of different values",
  firstAt: "the time of the first",
  lastAt: "the time of the last",
};

const BY_CHANNEL: Readonly<Record<ConsentChannel, string>> = {
  any: "by any channel",
  email: "by e-mail",
  phone: "by phone",
  sms: "by text message",
  post: "by post",
};

/** Who is meant by "the customer". */
const MEMBER = { customer: "the customer", account: "the account", event: "it" } as const;

class Describer {
  readonly #catalogue: Catalogue;
  readonly #subject: Dataset["kind"];

  constructor({ catalogue, subject }: Described) {
    this.#catalogue = catalogue;
    this.#subject = subjectDataset(catalogue, subject)?.kind ?? "customer";
  }

  condition(node: Condition): string {
    switch (node.kind) {
      case "and":
        return node.operands.map((operand) => this.#grouped(operand, "or")).join(", and ");
      case "or":
        return node.operands.map((operand) => this.#grouped(operand, "and")).join(", or ");
      case "not":
        return `it is not so that ${this.#grouped(node.operand, "any")}`;
      case "constant":
        return node.value ? "nothing more is asked" : "nothing can hold";
      case "comparison":
        return this.#comparison(node);
      case "membership": {
        const options = node.options.map((option) => this.value(option));
        return options.length === 0
          ? `${this.value(node.value)} is one of nothing`
          : `${this.value(node.value)} is ${listed(options, "or")}`;
      }
      case "list-contains":
        return `${this.value(node.list)} contains ${this.value(node.item)}`;
      case "presence":
        return `${this.value(node.value)} is ${node.present ? "known" : "not known"}`;
      case "truth":
        return `${this.value(node.value)} is true`;
      case "text-test": {
        const verb = { contains: "contains", startsWith: "begins with", endsWith: "ends with" };
        return `${this.value(node.value)} ${verb[node.test]} ${this.value(node.argument)}`;
      }
      case "pattern":
        return `${this.value(node.value)} matches the pattern ${quoted(node.pattern)}`;
      case "occurrence":
        return `there are ${node.any ? "" : "no "}${this.#events(node.events)}`;
      case "sequence": {
        const steps = node.steps.map((step) => this.#events(step));
        return `there are ${steps.join(", later ")}, all in less than ${describeSpan(node.within)}`;
      }
      case "segment":
        return `${MEMBER[this.#subject]} is in the segment ${quoted(node.name)}`;
      case "consent": {
        const whose = this.#subject === "event" ? "its customer" : "the customer";
        return `${whose} consents to ${quoted(node.purpose)} ${BY_CHANNEL[node.channel]}`;
      }
      case "pinned": {
        const direction = node.direction === "in" ? "into" : "out of";
        return `${MEMBER[this.#subject]} is pinned ${direction} the segment ${quoted(node.segment)} by hand`;
      }
      default:
        return unreachable(node);
    }
  }

  #grouped(node: Condition, loose: "and" | "or" | "any"): string {
    const text = this.condition(node);
    const mixes = loose === "any" ? node.kind === "and" || node.kind === "or" : node.kind === loose;
    return mixes ? `(${text})` : text;
  }

  #comparison(node: ComparisonCondition): string {
    const type = typeOf(node.left);
    const words = type === "date" || type === "timestamp" ? TIME : AMOUNT;
    return `${this.value(node.left)} ${words[node.operator]} ${this.value(node.right)}`;
  }

  value(node: Value): string {
    switch (node.kind) {
      case "text-literal":
        return quoted(node.text);
      case "number-literal":
        return node.text;
      case "boolean-literal":
        return String(node.value);
      case "date-literal":
        return node.date;
      case "instant-literal":
        return node.instant;
      case "sealed-literal":
        return "a sealed value";
      case "field":
        return `${this.#owner(node)}${this.#title(node.dataset, node.field)}`;
      case "now":
        return "now";
      case "arithmetic": {
        const words = { "+": "plus", "-": "minus", "*": "times", "/": "divided by" };
        return `(${this.value(node.left)} ${words[node.operator]} ${this.value(node.right)})`;
      }
      case "negation":
        return `minus ${this.value(node.operand)}`;
      case "shift": {
        const direction = node.operator === "+" ? "after" : "before";
        return `${describeSpan(node.span)} ${direction} ${this.value(node.instant)}`;
      }
      case "letter-case":
        return `${this.value(node.text)} in ${node.to} case`;
      case "size":
        return typeOf(node.of) === "text-list"
          ? `the number of ${this.value(node.of)}`
          : `the length of ${this.value(node.of)}`;
      case "age":
        return `the age in years by ${this.value(node.date)}`;
      case "days-since":
        return `the number of days since ${this.value(node.of)}`;
      case "start-of-day":
        return `the beginning of ${this.value(node.date)}`;
      case "date-of":
        return node.instant.kind === "now" ? "today" : `the day of ${this.value(node.instant)}`;
      case "distance":
        return (
          `the distance in km from ${this.value(node.latitude)}, ${this.value(node.longitude)} ` +
          `to ${this.value(node.toLatitude)}, ${this.value(node.toLongitude)}`
        );
      case "score":
        return `the score ${quoted(node.score)}`;
      case "aggregate": {
        const field =
          node.field === undefined ? "" : ` of ${this.#title(node.events.dataset, node.field)}`;
        return `${RESULT[node.function]}${field} of ${this.#events(node.events)}`;
      }
      default:
        return unreachable(node);
    }
  }

  #events(events: EventSelection): string {
    const dataset = findDataset(this.#catalogue, events.dataset);
    const name = dataset === undefined ? events.dataset : titleOf(dataset);
    const where = events.where === undefined ? "" : ` where ${this.#grouped(events.where, "any")}`;
    return `${name}${this.#window(events.window)}${where}`;
  }

  #window(window: EventWindow): string {
    switch (window.kind) {
      case "all-time":
      case "timeless":
        return "";
      case "within":
        return ` in the last ${describeSpan(window.span).replace(/^1 /, "")}`;
      case "between":
        return ` from ${this.#bound(window.from)} until before ${this.#bound(window.until)}`;
      case "before":
        return ` before ${this.#bound(window.until)}`;
      case "after":
        return ` since ${this.#bound(window.from)}`;
      default:
        return unreachable(window);
    }
  }

  #bound(bound: Value): string {
    return this.value(bound.kind === "start-of-day" ? bound.date : bound);
  }

  /** What belongs to the member itself needs no owner. */
  #owner({ of }: FieldValue): string {
    return (of === "customer" || of === "account") && of !== this.#subject ? `the ${of}'s ` : "";
  }

  #title(datasetName: string, name: string): string {
    if (name === "_at") {
      return "its time";
    }
    const dataset = findDataset(this.#catalogue, datasetName);
    const title = dataset && findField(dataset, name)?.title;
    return title === undefined || title === name ? name.replaceAll("_", " ") : decapitalised(title);
  }
}

function titleOf({ title, name }: Dataset): string {
  return decapitalised(title) || name;
}

/** Titles begin with a capital letter, which has no place inside a sentence; abbreviations keep theirs. */
function decapitalised(title: string): string {
  return /^\p{Lu}\p{Ll}/u.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

function listed(texts: readonly string[], word: string): string {
  const head = texts.slice(0, -1).join(", ");
  return head === "" ? texts.join("") : `${head} ${word} ${texts.at(-1) ?? ""}`;
}

function quoted(text: string): string {
  return `“${text}”`;
}
