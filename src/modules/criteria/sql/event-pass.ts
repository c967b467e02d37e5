import type { Source } from "./draft.ts";

/** One aggregate over the events of a dataset, or the people, that belong to a member. */
export interface EventColumn {
  /** What the events must be: SQL conditions on `e`, all of them. */
  readonly conjuncts: readonly string[];
  /**
   * A condition without which the others cannot be true, as an instant that `e._at` is not before:
   * lets the pass skip old events. Undefined: events of any age count.
   */
  readonly since: string | undefined;
  /** The aggregate, given its ` filter (…)` clause or an empty text. */
  readonly aggregate: (filter: string) => string;
}

/**
 * All aggregates of one dataset in one grouped scan, whatever number of criteria ask for
 * them. Equal aggregates are computed once; what all of them demand is checked once per event.
 */
export class EventPass {
  readonly alias: string;
  readonly #columns = new Map<string, EventColumn & { readonly name: string }>();

  constructor(alias: string) {
    this.alias = alias;
  }

  /** A reference to the aggregate, null for members without any row in the pass. */
  column(column: EventColumn): string {
    const key = JSON.stringify([column.conjuncts, column.aggregate("")]);
    const known = this.#columns.get(key);
    const name = known?.name ?? `v${this.#columns.size}`;
    if (known === undefined) {
      this.#columns.set(key, { ...column, name });
    }
    return `${this.alias}.${name}`;
  }

  /**
   * The derived table: one row for each customer or account with rows, called `_owner`; or, not grouped,
   * one row for the member beside it.
   */
  sql({ from, owner, where: sourceFilter }: Source, isGrouped: boolean): string {
    const columns = [...this.#columns.values()];
    const [first, ...others] = columns;
    const common = new Set(
      first?.conjuncts.filter((conjunct) =>
        others.every((column) => column.conjuncts.includes(conjunct)),
      ),
    );
    const aggregates = columns.map((column) => {
      const own = column.conjuncts.filter((conjunct) => !common.has(conjunct));
      const filter = own.length === 0 ? "" : ` filter (where ${own.join(" and ")})`;
      return `${column.aggregate(filter)} as ${column.name}`;
    });
    const where = [sourceFilter, ...common, ...this.#earliest(columns)];
    const selection = `from ${from} where ${where.join(" and ")}`;
    return isGrouped
      ? `select ${owner} as _owner, ${aggregates.join(", ")} ${selection} group by ${owner}`
      : `select ${aggregates.join(", ")} ${selection}`;
  }

  /** Events older than all columns look for are skipped; one column without a limit needs them all. */
  #earliest(columns: readonly EventColumn[]): readonly string[] {
    const since = [...new Set(columns.map((column) => column.since))];
    const limits = since.filter((limit) => limit !== undefined);
    if (limits.length < since.length) {
      return [];
    }
    return [`e._at >= ${limits.length === 1 ? limits.join("") : `least(${limits.join(", ")})`}`];
  }
}
