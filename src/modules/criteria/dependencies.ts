import { must } from "../../kernel/index.ts";
import type { Catalogue } from "../contracts/index.ts";
import { customerDataset, findDataset } from "../contracts/index.ts";
import type { SegmentResolver } from "./sql/draft.ts";
import { criteriaOf } from "./sql/segments.ts";
import type { Criteria, EventSelection, FieldValue, Value } from "./tree/index.ts";
import { walk, walkValue } from "./tree/index.ts";

/** What the answer depends on: a change of anything else cannot change it. Names are sorted. */
export interface Dependencies {
  /** The dataset whose rows can be members. */
  readonly subject: string;
  /**
   * Fields of the one customer: the member itself, or whom the member, an event, happened to. The field
   * that names the account is among them when the account matters.
   */
  readonly customerFields: readonly string[];
  /**
   * Fields of the one account: the member itself, or the account of the customer. Its identifier is
   * among them when it matters who belongs to it.
   */
  readonly accountFields: readonly string[];
  /** Fields of the member itself, when it is an event; its time and its customer always matter. */
  readonly eventFields: readonly string[];
  /**
   * Fields of the people of the member, an account: the one that names the account, and those that
   * conditions look at. Undefined when it does not matter who belongs to the account.
   */
  readonly people: readonly string[] | undefined;
  /**
   * Event datasets with the fields that matter; their time and their customer always do. Events of the
   * one customer, or of all people of the member, an account.
   */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** Segments that the criteria name, and those that these name. */
  readonly segments: readonly string[];
  /** Scores of the one customer. */
  readonly scores: readonly string[];
  /** The purposes that consents of the one customer are asked for. */
  readonly consents: readonly string[];
  /** Segments whose pins matter. */
  readonly pins: readonly string[];
  /**
   * The answer can change without any new data: the clock is used, or events are, which can be dated
   * in the future, or consents or pins, which expire. When it will is what the next flip says.
   */
  readonly time: boolean;
}

/** What names stand for. */
export interface DependencyOptions {
  readonly catalogue: Catalogue;
  /** With it, what the named segments depend on is included. */
  readonly segments?: SegmentResolver | undefined;
}

/**
 * Collects what criteria depend on.
 * @throws InvalidInputError `segment-unknown`, when `segments` is given and does not know a name
 */
export function dependencies(criteria: Criteria, options: DependencyOptions): Dependencies {
  const found = new Found(options);
  found.add(criteria);
  return found.dependencies(criteria.subject);
}

/** The same for a value, as scores are made of. */
export function dependenciesOfValue(node: Value, options: DependencyOptions): Dependencies {
  const found = new Found(options);
  found.addValue(node);
  return found.dependencies(undefined);
}

class Found {
  readonly #options: DependencyOptions;
  readonly #customer = new Set<string>();
  readonly #account = new Set<string>();
  readonly #event = new Set<string>();
  readonly #people = new Set<string>();
  readonly #events = new Map<string, Set<string>>();
  readonly #segments = new Set<string>();
  readonly #scores = new Set<string>();
  readonly #consents = new Set<string>();
  readonly #pins = new Set<string>();
  #time = false;

  constructor(options: DependencyOptions) {
    this.#options = options;
  }

  add(criteria: Criteria): void {
    walk(criteria.root, {
      condition: (node) => {
        if (node.kind === "segment") {
          this.#addSegment(node.name);
        } else if (node.kind === "consent") {
          this.#consents.add(node.purpose);
          this.#time = true;
        } else if (node.kind === "pinned") {
          this.#pins.add(node.segment);
          this.#time = true;
        }
      },
      value: (node) => this.#add(node),
      selection: (selection) => this.#addSelection(selection),
    });
  }

  addValue(node: Value): void {
    walkValue(node, {
      value: (part) => this.#add(part),
      selection: (selection) => this.#addSelection(selection),
    });
  }

  dependencies(subject: string | undefined): Dependencies {
    const { catalogue } = this.#options;
    const customers = customerDataset(catalogue);
    const member = subject === undefined ? customers : findDataset(catalogue, subject);
    const kind = must(member, "criteria are parsed against a contract that has their subject").kind;
    const isPeople = kind === "account" && (this.#people.size > 0 || this.#events.size > 0);
    const isLinked = kind !== "account" && this.#account.size > 0;
    const { account } = customers ?? {};
    const link = account === undefined ? [] : [account.field];
    const target = account !== undefined && (isPeople || isLinked) ? [account.target] : [];
    return {
      subject: member?.name ?? "",
      customerFields: sorted([...this.#customer, ...(isLinked ? link : [])]),
      accountFields: sorted([...this.#account, ...target]),
      eventFields: sorted(this.#event),
      people: isPeople ? sorted([...this.#people, ...link]) : undefined,
      events: new Map(
        sorted(this.#events.keys()).map((name) => [name, sorted(this.#fieldsOf(name))]),
      ),
      segments: sorted(this.#segments),
      scores: sorted(this.#scores),
      consents: sorted(this.#consents),
      pins: sorted(this.#pins),
      time: this.#time || kind === "event",
    };
  }

  #addSegment(name: string): void {
    const { segments } = this.#options;
    if (this.#segments.has(name)) {
      return;
    }
    this.#segments.add(name);
    if (segments !== undefined) {
      this.add(criteriaOf(segments, name));
    }
  }

  #add(node: Value): void {
    switch (node.kind) {
      case "field":
        this.#fieldsBeside(node).add(node.field);
        break;
      case "aggregate":
        if (node.field !== undefined) {
          this.#selectedFields(node.events).add(node.field);
        }
        break;
      case "score":
        this.#scores.add(node.score);
        break;
      case "now":
      case "age":
      case "days-since":
        this.#time = true;
        break;
      default:
    }
  }

  #addSelection(selection: EventSelection): void {
    this.#selectedFields(selection);
    this.#time ||= selection.window.kind !== "timeless";
  }

  #selectedFields({ dataset, window }: EventSelection): Set<string> {
    if (window.kind !== "timeless") {
      return this.#fieldsOf(dataset);
    }
    const link = customerDataset(this.#options.catalogue)?.account;
    this.#people.add(must(link, "people are parsed only with an account").field);
    return this.#people;
  }

  #fieldsBeside(node: FieldValue): Set<string> {
    switch (node.of) {
      case "customer":
        return this.#customer;
      case "account":
        return this.#account;
      case "member":
        return this.#event;
      case "event":
        return this.#fieldsOf(node.dataset);
      case "person":
        return this.#people;
    }
  }

  #fieldsOf(dataset: string): Set<string> {
    const fields = this.#events.get(dataset) ?? new Set();
    this.#events.set(dataset, fields);
    return fields;
  }
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}
