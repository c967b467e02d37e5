import { NotFoundError } from "../../kernel/index.ts";
import type { Catalogue } from "../contracts/index.ts";
import {
  checkSegmentUse,
  parseCriteria,
  type Criteria,
  type SegmentResolver,
  withPins,
} from "../criteria/index.ts";
import type { SegmentDefinition } from "./definition.ts";

/** A client's segments by name, each read against the contract when somebody first asks for it. */
export class SegmentBook {
  readonly #catalogue: Catalogue;
  readonly #definitions: ReadonlyMap<string, SegmentDefinition>;
  readonly #pinned: ReadonlySet<string>;
  readonly #criteria = new Map<string, Criteria>();

  /** @param pinned names of segments that members are pinned into or out of */
  constructor(
    catalogue: Catalogue,
    definitions: Iterable<SegmentDefinition>,
    pinned: ReadonlySet<string> = new Set(),
  ) {
    this.#catalogue = catalogue;
    this.#definitions = new Map([...definitions].map((one) => [one.segment, one]));
    this.#pinned = pinned;
  }

  get names(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  /** What `in_segment` means to criteria. */
  readonly resolve: SegmentResolver = (name) =>
    this.#definitions.has(name) ? this.criteria(name) : undefined;

  find(name: string): SegmentDefinition | undefined {
    return this.#definitions.get(name);
  }

  /**
   * The definition of a segment.
   * @throws NotFoundError `segment-not-found`
   */
  definition(name: string): SegmentDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) {
      throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(name)}`, {
        hint: this.names.length === 0 ? undefined : `there are ${this.names.join(", ")}`,
      });
    }
    return definition;
  }

  /**
   * The criteria of a segment as they are written.
   * @throws NotFoundError `segment-not-found`
   * @throws InvalidInputError when they do not fit the contract
   */
  written(name: string): Criteria {
    const { criteria: text, subject } = this.definition(name);
    const known = this.#criteria.get(name) ?? this.parse(text, subject);
    this.#criteria.set(name, known);
    return known;
  }

  /**
   * The criteria that say who is in a segment: as they are written, and its pins.
   * @throws NotFoundError `segment-not-found`
   * @throws InvalidInputError when they do not fit the contract
   */
  criteria(name: string): Criteria {
    const written = this.written(name);
    return this.#pinned.has(name) ? withPins(written, name) : written;
  }

  /**
   * Reads a criteria text that may use the segments.
   * @param subject the dataset whose rows can be members; undefined: the customers
   * @throws InvalidInputError when it does not fit the contract
   */
  parse(text: string, subject?: string): Criteria {
    const segments = new Map([...this.#definitions].map(([name, one]) => [name, one.subject]));
    return parseCriteria(text, this.#catalogue, { segments, subject });
  }

  /**
   * Checks that the segments named by the criteria end somewhere.
   * @throws InvalidInputError `segment-cycle`, `segment-depth` or `segment-subject`
   */
  checkUse(name: string): void {
    const { subject } = this.criteria(name);
    const root = { kind: "segment", name } as const;
    const names = { catalogue: this.#catalogue, segments: this.resolve };
    checkSegmentUse({ root, subject, warnings: [] }, names);
  }
}
