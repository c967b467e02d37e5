import { InvalidInputError, must, WaybillError } from "../../../kernel/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import { dependencies, type Criteria } from "../../criteria/index.ts";
import type { SegmentDefinition } from "../definition.ts";
import { SegmentBook } from "../segment-book.ts";
import type { KeptVersion, KnownSegment } from "../store/versions.ts";
import { meaningDigest } from "./meaning.ts";

/** A definition in force. */
export interface WantedSegment {
  readonly definition: SegmentDefinition;
  readonly version: number;
}

export interface Situation {
  readonly catalogue: Catalogue;
  /** The definitions in force. */
  readonly wanted: readonly WantedSegment[];
  /** Every version that has a slot, and the newest refused one of each segment. */
  readonly kept: readonly KeptVersion[];
  readonly known: readonly KnownSegment[];
  /** Whether versions that were refused are tried again. */
  readonly retry: boolean;
}

/** A version to be filled beside the one in force. */
export interface Registration {
  readonly name: string;
  readonly version: number;
  /** The version whose body this one takes over, because only what stands inside it changed. */
  readonly copyOf: number | undefined;
  readonly subject: string;
  readonly nested: Readonly<Record<string, number>>;
  readonly meaning: string;
}

/** A segment that stays as it is, although its definition says otherwise. */
export interface Unfit {
  readonly name: string;
  readonly reason: string;
}

/** What has to happen so that the versions kept are those that the definitions ask for. */
export interface Decision {
  /** Those that stand inside others come before them. */
  readonly register: readonly Registration[];
  /** Versions that are being filled and that nobody wants any more. */
  readonly abandon: readonly KeptVersion[];
  readonly archive: readonly KnownSegment[];
  readonly unfit: readonly Unfit[];
}

/** The version that a segment has, or will have: what those mean that name it. */
interface Effective {
  readonly version: number;
  readonly meaning: string;
  readonly nested: Readonly<Record<string, number>>;
}

/** Compares the definitions in force with the versions kept. Pure. */
export function decide(situation: Situation): Decision {
  const deciding = new Deciding(situation);
  for (const { definition } of situation.wanted) {
    deciding.effective(definition.segment);
  }
  const wanted = new Set(situation.wanted.map(({ definition }) => definition.segment));
  return {
    register: deciding.register,
    abandon: situation.kept.filter(
      (version) => version.state === "filling" && !deciding.continued.has(version),
    ),
    archive: situation.known.filter(({ name }) => !wanted.has(name)),
    unfit: deciding.unfit,
  };
}

class Deciding {
  readonly register: Registration[] = [];
  readonly continued = new Set<KeptVersion>();
  readonly unfit: Unfit[] = [];
  readonly #situation: Situation;
  readonly #kept: ReadonlyMap<string, readonly KeptVersion[]>;
  readonly #book: SegmentBook;
  readonly #wanted: ReadonlyMap<string, WantedSegment>;
  readonly #effective = new Map<string, Effective | undefined>();

  constructor(situation: Situation) {
    const { catalogue, wanted } = situation;
    this.#situation = situation;
    this.#kept = Map.groupBy(situation.kept, ({ name }) => name);
    this.#wanted = new Map(wanted.map((one) => [one.definition.segment, one]));
    this.#book = new SegmentBook(
      catalogue,
      wanted.map(({ definition }) => definition),
    );
  }

  /** Undefined: it has none, and cannot have one. */
  effective(name: string): Effective | undefined {
    if (!this.#effective.has(name)) {
      // Until it is decided, so that segments that name each other in a circle come to an end.
      this.#effective.set(name, undefined);
      this.#effective.set(name, this.#decide(name));
    }
    return this.#effective.get(name);
  }

  #decide(name: string): Effective | undefined {
    const kept = this.#kept.get(name) ?? [];
    const inForce = kept.find((version) => version.inForce);
    const wanted = this.#wanted.get(name);
    if (wanted === undefined) {
      return undefined;
    }
    const meant = this.#meaning(wanted.definition);
    if ("reason" in meant) {
      this.unfit.push({ name, reason: meant.reason });
      return inForce;
    }
    if (inForce?.meaning === meant.meaning) {
      return inForce;
    }
    const filling = kept.find(
      ({ state, meaning }) => state === "filling" && meaning === meant.meaning,
    );
    if (filling !== undefined) {
      this.continued.add(filling);
      return filling;
    }
    const refused = kept.find(
      ({ state, meaning, version }) =>
        state === "refused" && meaning === meant.meaning && version >= wanted.version,
    );
    if (refused !== undefined && !this.#situation.retry) {
      return inForce;
    }
    return this.#register(wanted, meant, kept);
  }

  #register(
    { definition, version }: WantedSegment,
    meant: Pick<Effective, "meaning" | "nested">,
    kept: readonly KeptVersion[],
  ): Effective {
    const isTaken = kept.some((one) => one.version >= version && one.state !== "refused");
    const registration: Registration = {
      name: definition.segment,
      version: isTaken ? version + 1 : version,
      copyOf: isTaken ? version : undefined,
      subject: this.#subjectOf(definition),
      ...meant,
    };
    this.register.push(registration);
    return registration;
  }

  #meaning(
    definition: SegmentDefinition,
  ): Pick<Effective, "meaning" | "nested"> | { readonly reason: string } {
    const { catalogue } = this.#situation;
    try {
      const criteria = this.#book.written(definition.segment);
      const names = dependencies(criteria, { catalogue }).segments;
      const missing = names.find((name) => this.effective(name) === undefined);
      if (missing !== undefined) {
        const reason = `it names the segment ${missing}, which has no version in force`;
        return { reason: this.#useIssue(definition.segment) ?? reason };
      }
      this.#book.checkUse(definition.segment);
      return this.#bound(definition, criteria, names);
    } catch (error) {
      if (error instanceof WaybillError) {
        return { reason: error.message };
      }
      throw error;
    }
  }

  #bound(
    definition: SegmentDefinition,
    criteria: Criteria,
    names: readonly string[],
  ): Pick<Effective, "meaning" | "nested"> {
    const nested: Record<string, number> = {};
    const digests = new Map<string, string>();
    for (const name of names) {
      const inside = must(this.effective(name), "names without a version are refused before");
      Object.assign(nested, inside.nested, { [name]: inside.version });
      digests.set(name, inside.meaning);
    }
    const { catalogue } = this.#situation;
    const subject = this.#subjectOf(definition);
    return { nested, meaning: meaningDigest(criteria, { catalogue, subject, nested: digests }) };
  }

  /** That segments name each other in a circle, too deeply or across subjects; not that one cannot be read. */
  #useIssue(name: string): string | undefined {
    try {
      this.#book.checkUse(name);
      return undefined;
    } catch (error) {
      if (error instanceof InvalidInputError) {
        return error.code.startsWith("segment-") ? error.message : undefined;
      }
      throw error;
    }
  }

  #subjectOf(definition: SegmentDefinition): string {
    const customers = must(customerDataset(this.#situation.catalogue), "a client has customers");
    return definition.subject ?? customers.name;
  }
}
