import { must } from "../../../kernel/index.ts";
import { quoteIdent, type SqlValue } from "../../../platform/postgres/index.ts";
import type { Catalogue, CustomerDataset, Dataset, Field } from "../../contracts/index.ts";
import { comparable, customerDataset, findDataset, findField } from "../../contracts/index.ts";
import type { Condition, Criteria, Value } from "../tree/index.ts";
import { EventPass } from "./event-pass.ts";
import { spanSql } from "./instant-sql.ts";
import type { Asked } from "./parameters.ts";
import { Parameters } from "./parameters.ts";

/** A statement and the values of its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A statement that can be asked again. */
export interface RepeatableQuery extends Query {
  /**
   * The values with which the same text asks about another instant, or about other members where it
   * asks about some: writing a hundred criteria anew costs more than evaluating them for one member.
   */
  readonly valuesFor: (asked: Asked) => readonly SqlValue[];
}

/** The criteria that `in_segment("NAME")` stands for; undefined: there is no such segment. */
export type SegmentResolver = (name: string) => Criteria | undefined;

export interface QueryOptions extends Asked {
  readonly catalogue: Catalogue;
  /** The instant the question is asked for; events at exactly this instant count. */
  readonly asOf: Date;
  /** Needed when the criteria use `in_segment`. */
  readonly segments?: SegmentResolver | undefined;
  /** Ask about these members only (`_id`s): the events are then found by index instead of by a scan. */
  readonly members?: readonly bigint[] | undefined;
}

/** Whose fields an expression sees. `event` is one row of a dataset's table, inside a pass. */
export type Row = "member" | "event";

/** The aliases of a customer's and an account's row, and of an event's that is itself the member. */
export const CUSTOMER = "c";
export const ACCOUNT = "a";
const MEMBER_EVENT = "m";
/** The alias of the event or person that a selection looks at, inside a pass. */
export const EVENT = "e";

const MEMBER_ALIASES = { customer: CUSTOMER, account: ACCOUNT, event: MEMBER_EVENT } as const;

/** Where the rows of a selection come from: `from … where …`, and whose they are. */
export interface Source {
  /** Tables; the selected dataset's is {@link EVENT}. */
  readonly from: string;
  /** The `_id` of the customer or account that a row belongs to. */
  readonly owner: string;
  readonly where: string;
}

/** Where a condition stands, and what is needed of it. */
export interface Place {
  readonly row: Row;
  /** `truth`: null may stand for false, which lets the planner use an index. */
  readonly need: "truth" | "kleene";
}

/** The writers, handed down because values contain events and events contain conditions. */
export interface Writers {
  readonly condition: (draft: QueryDraft, node: Condition, place: Place) => string;
  readonly value: (draft: QueryDraft, node: Value, row: Row) => string;
}

/** A thousand years: farther away, ISO 8601 has years that PostgreSQL does not read. */
const FARTHEST_MOMENT_MS = 365_250 * 86_400_000;

interface Join {
  readonly alias: string;
  readonly on: string;
  readonly isStored: boolean;
}

/**
 * A statement in the making: what conditions and values ask for while they are written (parameters,
 * rows beside the member's, aggregates of events and people) is gathered here and joined to the members
 * in the end.
 */
export class QueryDraft {
  readonly catalogue: Catalogue;
  /** The dataset whose rows can be members. */
  readonly subject: Dataset;
  readonly parameters = new Parameters();
  readonly segments: SegmentResolver;
  readonly write: {
    readonly condition: (node: Condition, place: Place) => string;
    readonly value: (node: Value, row: Row) => string;
  };
  readonly #asked: Asked;
  readonly #only: string | undefined;
  readonly #accountFields = new Set<string>();
  readonly #passes = new Map<string, EventPass>();
  readonly #joins = new Map<string, Join>();
  #hasCustomer = false;

  constructor(options: QueryOptions & { readonly subject: Dataset }, writers: Writers) {
    this.catalogue = options.catalogue;
    this.subject = options.subject;
    this.#asked = options;
    this.segments = options.segments ?? (() => undefined);
    this.write = {
      condition: (node, place) => writers.condition(this, node, place),
      value: (node, row) => writers.value(this, node, row),
    };
    this.#only =
      options.members &&
      this.parameters.asked("members", "bigint[]", ({ members = [] }) => members.map(String));
  }

  /** Whether everybody is asked about, and not some members. */
  get isAboutAll(): boolean {
    return this.#only === undefined;
  }

  /** The `_id` of the member. */
  get memberId(): string {
    return `${MEMBER_ALIASES[this.subject.kind]}._id`;
  }

  /** The `_id` of the one customer, null for an event without one. Not where members are accounts. */
  get customerId(): string {
    return this.subject.kind === "event" ? `${MEMBER_EVENT}._customer` : `${CUSTOMER}._id`;
  }

  /** The as-of instant. */
  get now(): string {
    return this.moment(0);
  }

  /** So many milliseconds after the as-of instant. */
  moment(offsetMs: number): string {
    if (Math.abs(offsetMs) > FARTHEST_MOMENT_MS) {
      return this.once(`(${this.now} + ${spanSql(this, offsetMs)})`);
    }
    return this.parameters.asked(`now ${offsetMs}`, "timestamptz", ({ asOf }) =>
      new Date(asOf.getTime() + offsetMs).toISOString(),
    );
  }

  /**
   * An expression without columns, computed once a statement: PostgreSQL folds it by itself only as
   * long as it plans each statement anew, and would compute it for every row of a prepared one.
   */
  once(sql: string): string {
    return `(select ${sql})`;
  }

  get zone(): string {
    return this.parameters.add(this.catalogue.timeZone, "text");
  }

  /** The as-of date in the client's time zone. */
  get today(): string {
    return this.once(`(${this.now} at time zone ${this.zone})::date`);
  }

  instant(instant: Date): string {
    return this.parameters.add(instant.toISOString(), "timestamptz");
  }

  /** A column of the one customer. */
  customerField(field: string): string {
    this.#hasCustomer = true;
    return `${CUSTOMER}.${quoteIdent(field)}`;
  }

  /** A column of the one account. */
  accountField(field: string): string {
    if (this.subject.kind !== "account") {
      this.#accountFields.add(field);
    }
    return `${ACCOUNT}.${quoteIdent(field)}`;
  }

  /** A column of the event that is the member. */
  memberField(field: string): string {
    return `${MEMBER_EVENT}.${quoteIdent(field)}`;
  }

  /** The one grouped pass over a dataset's events, or over people. */
  pass(dataset: string): EventPass {
    const known = this.#passes.get(dataset);
    if (known !== undefined) {
      return known;
    }
    const pass = new EventPass(`p${this.#passes.size}`);
    this.#passes.set(dataset, pass);
    return pass;
  }

  /**
   * Joins a derived table by its column `_owner`: the one customer, or the account that is the member.
   * Equal tables are joined once. Returns its alias.
   */
  join(derivedTable: string): string {
    const owner = this.subject.kind === "account" ? this.memberId : this.customerId;
    return this.#join(derivedTable, { owner, isStored: false });
  }

  /** The same of a few columns of a stored table, by whatever `_owner` is. */
  joinStored(derivedTable: string, owner: string): string {
    return this.#join(derivedTable, { owner, isStored: true });
  }

  #join(table: string, by: { readonly owner: string; readonly isStored: boolean }): string {
    const known = this.#joins.get(table);
    if (known !== undefined) {
      return known.alias;
    }
    const alias = `j${this.#joins.size}`;
    this.#joins.set(table, { alias, on: `${alias}._owner = ${by.owner}`, isStored: by.isStored });
    return alias;
  }

  /** The rows of a dataset that belong to anybody, or, when some are asked about, to the member beside. */
  source(dataset: string): Source {
    return this.subject.kind === "account"
      ? this.#accountSource(dataset)
      : this.#ownSource(dataset);
  }

  #ownSource(dataset: string): Source {
    const owner = `${EVENT}._customer`;
    const where =
      this.#only === undefined ? `${owner} is not null` : `${owner} = ${this.customerId}`;
    return { from: `${quoteIdent(dataset)} ${EVENT}`, owner, where };
  }

  /** People belong to the first of the accounts that have the identifier, as {@link #accountJoin} says. */
  #accountSource(dataset: string): Source {
    const { customers, account } = this.#link();
    const accounts = quoteIdent(account.dataset);
    const { field, target } = this.#linkColumns();
    const isPeople = dataset === customers.name;
    const person = isPeople ? EVENT : "k";
    const people =
      `${accounts} t join ${quoteIdent(customers.name)} ${person} ` +
      `on ${field(person)} = ${target("t")}`;
    const events = `join ${quoteIdent(dataset)} ${EVENT} on ${EVENT}._customer = ${person}._id`;
    const first =
      `not exists (select from ${accounts} o ` +
      `where ${target("o")} = ${target("t")} and o._id < t._id)`;
    return {
      from: isPeople ? people : `${people} ${events}`,
      owner: "t._id",
      where: this.#only === undefined ? first : `t._id = ${this.memberId} and ${first}`,
    };
  }

  #link(): {
    readonly customers: CustomerDataset;
    readonly account: NonNullable<CustomerDataset["account"]>;
  } {
    const customers = customerDataset(this.catalogue);
    const linked = customers?.account && { customers, account: customers.account };
    return must(linked, "account fields and people are parsed only with an account");
  }

  /** What a customer's account is known by, on both sides of the link. */
  #linkColumns(): Readonly<Record<"field" | "target", (alias: string) => string>> {
    const { customers, account } = this.#link();
    const accounts = must(findDataset(this.catalogue, account.dataset), "the link was checked");
    const named = (dataset: Dataset, name: string): Field =>
      must(findField(dataset, name), "the link was checked");
    return {
      field: (alias) => comparable(named(customers, account.field), alias),
      target: (alias) => comparable(named(accounts, account.target), alias),
    };
  }

  /**
   * The whole statement: `select`, from the members with everything that was asked for, and the
   * conditions. Call it after everything is written.
   *
   * Passes over everybody are materialised. Joined in place, they are run again by each parallel
   * worker: measured on 1,000,000 customers and 4,000,000 events, three times the work. For a few
   * members they are lateral, a look-up by index for each member: a prepared statement is planned
   * without knowing how many members there will be, and a plan that joins sets would suit some number.
   */
  statement(select: string, conditions: readonly string[] = []): RepeatableQuery {
    const isAll = this.isAboutAll;
    const owner = this.subject.kind === "account" ? this.memberId : this.customerId;
    const passes = [...this.#passes].map(([dataset, pass]): readonly [string, Join] => [
      pass.sql(this.source(dataset), isAll),
      { alias: pass.alias, on: `${pass.alias}._owner = ${owner}`, isStored: false },
    ]);
    const [ctes, joins]: [string[], string[]] = [[], []];
    for (const [sql, { alias, on, isStored }] of [...passes, ...this.#joins]) {
      const isApart = isAll && !isStored;
      if (isApart) {
        ctes.push(`${alias} as materialized (${sql})`);
      }
      joins.push(
        isAll || isStored
          ? `left join ${isApart ? alias : `(${sql}) ${alias}`} on ${on}`
          : `left join lateral (${sql}) ${alias} on true`,
      );
    }
    const only = isAll ? [] : [`${this.memberId} = any(${this.#only})`];
    const where = [...only, ...conditions];
    const lines = [
      ...(ctes.length === 0 ? [] : [`with ${ctes.join(",\n")}`]),
      select,
      `from ${quoteIdent(this.subject.name)} ${MEMBER_ALIASES[this.subject.kind]}`,
      ...this.#rowsBeside(),
      ...joins,
      ...(where.length === 0 ? [] : [`where ${where.join("\nand ")}`]),
    ];
    const valuesFor = (asked: Asked): readonly SqlValue[] => this.parameters.valuesFor(asked);
    return { sql: lines.join("\n"), values: valuesFor(this.#asked), valuesFor };
  }

  /** The customer's row beside an event's, and the account's beside the customer's. */
  #rowsBeside(): readonly string[] {
    const account = this.#accountFields.size === 0 ? [] : [this.#accountJoin()];
    if (this.subject.kind !== "event" || !(this.#hasCustomer || account.length > 0)) {
      return account;
    }
    const customers = must(customerDataset(this.catalogue), "customer fields need customers");
    const on = `${CUSTOMER}._id = ${this.customerId}`;
    return [`left join ${quoteIdent(customers.name)} ${CUSTOMER} on ${on}`, ...account];
  }

  /**
   * An identifier names one account, but nothing here relies on it: of several rows the first counts,
   * so that a customer never appears twice. All customers: one sort of the accounts; few: a look-up each.
   */
  #accountJoin(): string {
    const { account } = this.#link();
    const table = quoteIdent(account.dataset);
    const link = this.#linkColumns();
    const [field, target] = [link.field(CUSTOMER), link.target("t")];
    const columns = [...this.#accountFields].map(quoteIdent).map((name) => `t.${name}`);
    return this.#only === undefined
      ? `left join (select distinct on (${target}) ${target} as _match, ${columns.join(", ")} ` +
          `from ${table} t order by ${target}, t._id) ${ACCOUNT} on ${ACCOUNT}._match = ${field}`
      : `left join lateral (select ${columns.join(", ")} from ${table} t ` +
          `where ${target} = ${field} order by t._id limit 1) ${ACCOUNT} on true`;
  }
}
