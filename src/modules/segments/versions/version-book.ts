import { must } from "../../../kernel/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import {
  parseCriteria,
  type Condition,
  type Criteria,
  type SegmentResolver,
  withPins,
} from "../../criteria/index.ts";
import type { SegmentDefinition } from "../definition.ts";

/** A version of a segment, with the versions of the segments that stand inside it at any depth. */
export interface BoundVersion {
  readonly name: string;
  readonly version: number;
  readonly nested: Readonly<Record<string, number>>;
}

/** How a version is spelled where versions of one segment stand side by side: `berlin@2`. */
export function versionKey(name: string, version: number): string {
  return `${name}@${version}`;
}

/**
 * The criteria of versions that are kept side by side. `in_segment("berlin")` means another version in
 * the old than in the new criteria, so segments inside are called by {@link versionKey}: one resolver
 * then serves all of them, and what they have in common is still evaluated once.
 */
export class VersionBook {
  readonly #catalogue: Catalogue;
  readonly #definitions: ReadonlyMap<string, SegmentDefinition>;
  readonly #pinned: ReadonlySet<string>;
  readonly #criteria = new Map<string, Criteria>();

  /**
   * @param definitions by {@link versionKey}
   * @param pinned names of segments that members are pinned into or out of
   */
  constructor(
    catalogue: Catalogue,
    definitions: ReadonlyMap<string, SegmentDefinition>,
    pinned: ReadonlySet<string> = new Set(),
  ) {
    this.#catalogue = catalogue;
    this.#definitions = definitions;
    this.#pinned = pinned;
  }

  /** What `in_segment` means inside the criteria of this book. */
  readonly resolve: SegmentResolver = (key) => this.#criteria.get(key);

  /**
   * The criteria of a version.
   * @throws InvalidInputError when they do not fit the contract
   */
  criteria({ name, version, nested }: BoundVersion): Criteria {
    const key = versionKey(name, version);
    const known = this.#criteria.get(key);
    if (known !== undefined) {
      return known;
    }
    const definition = must(
      this.#definitions.get(key),
      "the book has every version it is asked for",
    );
    const written = parseCriteria(definition.criteria, this.#catalogue, {
      subject: definition.subject,
    });
    const root = withNames(written.root, (inner) => {
      const inside = must(nested[inner], "a version says which versions stand inside it");
      this.criteria({ name: inner, version: inside, nested });
      return versionKey(inner, inside);
    });
    const bound = Object.freeze({ ...written, root });
    const criteria = this.#pinned.has(name) ? withPins(bound, name) : bound;
    this.#criteria.set(key, criteria);
    return criteria;
  }
}

/** The same tree with other names of segments. */
function withNames(node: Condition, rename: (name: string) => string): Condition {
  switch (node.kind) {
    case "and":
    case "or":
      return Object.freeze({
        ...node,
        operands: Object.freeze(node.operands.map((operand) => withNames(operand, rename))),
      });
    case "not":
      return Object.freeze({ ...node, operand: withNames(node.operand, rename) });
    case "segment":
      return Object.freeze({ ...node, name: rename(node.name) });
    default:
      return node;
  }
}
