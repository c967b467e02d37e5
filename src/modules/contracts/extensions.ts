/** What Waybill adds to the standard: `customProperties` whose names begin with `waybill.`. */
import type { z } from "zod";
import { didYouMean, nearName } from "../../kernel/index.ts";
import { schemaIssues } from "../../protocol/odcs/index.ts";
import type { OdcsContract } from "../../protocol/odcs/index.ts";
import type { Path } from "./located-yaml.ts";
import { showName } from "./names.ts";
import type { Problems } from "./problems.ts";

const PREFIX = "waybill.";

type CustomProperties = OdcsContract["customProperties"];

/** Where extensions stand, and which of them mean something there. */
export interface ExtensionPlace {
  /** The contract, a dataset or a field. */
  readonly path: Path;
  /** Names without the prefix. */
  readonly known: readonly string[];
  /** For messages: `a contract`, `an event dataset`, `a field`. */
  readonly owner: string;
}

/** The extensions of one element; reading one of the wrong type reports it and answers undefined. */
export class Extensions {
  readonly #found = new Map<string, { readonly value: unknown; readonly path: Path }>();
  readonly #place: ExtensionPlace;
  readonly #problems: Problems;

  constructor(properties: CustomProperties, place: ExtensionPlace, problems: Problems) {
    this.#place = place;
    this.#problems = problems;
    for (const [index, { property, value }] of (properties ?? []).entries()) {
      const path = [...place.path, "customProperties", index];
      if (property.startsWith(PREFIX)) {
        this.#take(property.slice(PREFIX.length), { value, path: [...path, "value"] });
      } else if (nearName(property.split(/[.:_/-]/u)[0] ?? "", ["waybill"]) !== undefined) {
        const hint = `Waybill's own properties begin with "${PREFIX}"`;
        problems.add(
          [...path, "property"],
          `${showName(property)} is no property of Waybill`,
          hint,
        );
      }
    }
  }

  #take(name: string, found: { readonly value: unknown; readonly path: Path }): void {
    const at = [...found.path.slice(0, -1), "property"];
    const { known, owner } = this.#place;
    if (!known.includes(name)) {
      const near = didYouMean(
        PREFIX + name,
        known.map((one) => PREFIX + one),
      );
      const all = `${owner} knows ${known.map((one) => PREFIX + one).join(", ") || "none"}`;
      this.#problems.add(at, `${showName(PREFIX + name)} means nothing on ${owner}`, near ?? all);
    } else if (this.#found.has(name)) {
      this.#problems.add(at, `${PREFIX}${name} is given twice`, "keep one of the two");
    } else {
      this.#found.set(name, found);
    }
  }

  has(name: string): boolean {
    return this.#found.has(name);
  }

  /** Where the value stands; where the element stands, if it was not given. */
  pathOf(name: string): Path {
    return this.#found.get(name)?.path ?? this.#place.path;
  }

  /** Reads a value by a schema. */
  read<T>(name: string, schema: z.ZodType<T>): T | undefined {
    const extension = this.#found.get(name);
    if (extension === undefined) {
      return undefined;
    }
    const parsed = schema.safeParse(extension.value, { reportInput: true });
    if (parsed.success) {
      return parsed.data;
    }
    const found = schemaIssues(parsed.error).map((issue) => {
      const isWhole = issue.path.length === 0;
      return isWhole ? { ...issue, message: `${PREFIX}${name} ${issue.message}` } : issue;
    });
    this.#problems.addAll(found, extension.path);
    return undefined;
  }

  /** Reads a value that must be there. */
  require<T>(name: string, schema: z.ZodType<T>, hint: string): T | undefined {
    if (!this.has(name)) {
      const message = `${this.#place.owner} needs the property ${PREFIX}${name}`;
      this.#problems.addKey(this.#place.path, message, hint);
    }
    return this.read(name, schema);
  }
}
