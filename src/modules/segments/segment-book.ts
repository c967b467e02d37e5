import { NotFoundError } from "../../kernel/index.ts";
import type { Catalogue } from "../contracts/index.ts";
import {
  checkSegmentUse,
  parseCriteria,
  type Criteria,
  type SegmentResolver,
} from "../criteria/index.ts";
import type { SegmentDefinition } from "./definition.ts";

/** A client's segments by name, each read against the contract when somebody first asks for it. */
export class SegmentBook {
  readonly #catalogue: Catalogue;
  readonly #definitions: ReadonlyMap<string, SegmentDefinition>;
  readonly #criteria = new Map<string, Criteria>();

  constructor(catalogue: Catalogue, definitions: Iterable<SegmentDefinition>) {
    this.#catalogue = catalogue;
    this.#definitions = new Map([...definitions].map((one) => [one.segment, one]));
  }

  get names(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  /** What `in_segment` means to criteria. */
  readonly resolve: SegmentResolver = (name) =>
    this.#definitions.has(name) ? { kind: "criteria", criteria: this.criteria(name) } : undefined;

  /**
   * The criteria of a segment.
   * @throws NotFoundError `segment-not-found`
   * @throws InvalidInputError when they do not fit the contract
   */
  criteria(name: string): Criteria {
    const definition = this.#definitions.get(name);
    if (definition === undefined) {
      throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(name)}`, {
        hint: this.names.length === 0 ? undefined : `there are ${this.names.join(", ")}`,
      });
    }
    const known = this.#criteria.get(name);
    const criteria = known ?? this.parse(definition.criteria);
    this.#criteria.set(name, criteria);
    return criteria;
  }

  /**
   * Reads a criteria text that may use the segments.
   * @throws InvalidInputError when it does not fit the contract
   */
  parse(text: string): Criteria {
    return parseCriteria(text, this.#catalogue, { segments: this.names });
  }

  /**
   * Checks that the segments named by the criteria end somewhere.
   * @throws InvalidInputError `segment-cycle` or `segment-depth`
   */
  checkUse(name: string): void {
    checkSegmentUse({ kind: "segment", name }, this.resolve);
  }
}
