/**
 * The one governed read: the fields of a statement's rows, each in the form in which it may be had. What
 * the statement selects is in its form already; sealed fields come sealed, are opened here, and are given
 * their form by the same rules. Whoever shows or sends values of a contract's columns takes them from here.
 */
import { must, unreachable } from "../../../kernel/index.ts";
import { type Dataset, type Field, type FieldType, indexedAs } from "../../contracts/index.ts";
import {
  type Access,
  type AccessTarget,
  type Form,
  formOfRank,
  RowConsents,
} from "../../policy/index.ts";
import { type Opener, type SealedField, shredded } from "../../protection/index.ts";
import type { Seeing } from "./seeing.ts";

/** A row's fields as they may be seen. */
export interface GovernedValues {
  /** By field: its value where it is clear, a text where it has another form, null where it is absent or missing. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By field: the form it is had in. */
  readonly forms: Readonly<Record<string, Form>>;
}

/** A row as the driver gives it. */
export type DriverRow = Readonly<Record<string, unknown>>;

interface Column {
  readonly field: Field;
  /** Of the value, among the statement's columns; undefined where it is absent on all rows. */
  readonly value: string | undefined;
  /** Of the form's rank, which fields of the same rules share; undefined where all rows have the same form. */
  readonly rank: string | undefined;
  /** The form of all rows; what is left when there is no rank. */
  readonly form: Form;
  /** What the value is sealed as. */
  readonly sealedAs: SealedField | undefined;
}

/** Rows of one dataset in one statement. */
export class GovernedFields {
  readonly #access: Access;
  readonly #dataset: Dataset;
  readonly #columns: readonly Column[];
  readonly #sql: readonly string[];
  /** What follows the statement's tables: where consents are looked up, once a row. */
  readonly join: string;
  /** SQL, never null: whether anything of the row may be seen. The statement asks it: the columns do not ask it again. */
  readonly condition: string;

  /** @param fields those that are read; all when left out */
  constructor(
    access: Access,
    dataset: Dataset,
    target: Omit<AccessTarget, "dataset"> & { readonly fields?: readonly Field[] | undefined },
  ) {
    this.#access = access;
    this.#dataset = dataset;
    const consents = new RowConsents("some");
    const at = { ...target, dataset: dataset.name, consents };
    const fields = target.fields ?? dataset.fields;
    const names = fields.map(({ name }) => name);
    this.condition = access.rowCondition(at, names);
    const seen = access.ofSeenRows(dataset.name, names);
    const ranks = new Map<string, string>();
    this.#columns = fields.map((field, position) => {
      const [form = "absent", ...others] = seen.forms(dataset.name, field.name);
      return {
        field,
        value: form === "absent" ? undefined : `value_${position}`,
        rank: others.length === 0 ? undefined : nameIn(ranks, seen.rank(at, field.name)),
        form,
        sealedAs: field.sealed === true ? indexedAs(dataset, field.name) : undefined,
      };
    });
    this.#sql = [
      ...this.#columns.flatMap(({ field, value }) =>
        value === undefined ? [] : [`${seen.value(at, field.name)} as ${value}`],
      ),
      ...[...ranks].map(([sql, name]) => `${sql} as ${name}`),
    ];
    this.join = consents.join;
  }

  /** What the statement selects beside its own columns, each behind a comma. */
  get columns(): string {
    return this.#sql.map((each) => `, ${each}`).join("");
  }

  /** What was selected, row by row. */
  async read(rows: readonly DriverRow[], seeing: Seeing): Promise<GovernedValues[]> {
    const opener = await this.#openerFor(rows, seeing);
    return rows.map((row) => {
      const values: Record<string, unknown> = {};
      const forms: Record<string, Form> = {};
      for (const column of this.#columns) {
        const form = formIn(row, column);
        forms[column.field.name] = form;
        values[column.field.name] = this.#valueIn(row, { column, form, opener });
      }
      return { values, forms };
    });
  }

  #valueIn(
    row: DriverRow,
    { column, form, opener }: { column: Column; form: Form; opener: Opener | undefined },
  ): unknown {
    const { field, value, sealedAs } = column;
    const given = value === undefined ? null : (row[value] ?? null);
    if (form === "absent" || given === null) {
      return null;
    }
    if (sealedAs === undefined || !Buffer.isBuffer(given)) {
      return form === "clear" ? typedValue(field.type, given) : given;
    }
    const text = must(opener, "whoever reads sealed values opens them").open(sealedAs, given);
    if (text === shredded) {
      return null;
    }
    const shown = this.#access.inForm(this.#dataset.name, field.name, { form, text });
    return form === "clear" && shown !== null ? typedValue(field.type, shown) : shown;
  }

  async #openerFor(rows: readonly DriverRow[], seeing: Seeing): Promise<Opener | undefined> {
    const sealed = this.#columns.filter(({ sealedAs }) => sealedAs !== undefined);
    const values = rows.flatMap((row) =>
      sealed.flatMap(({ value }) => {
        const given = value === undefined ? undefined : row[value];
        return Buffer.isBuffer(given) ? [given] : [];
      }),
    );
    return values.length === 0 ? undefined : await (await seeing.protection()).opener(values);
  }
}

/** The name of a column that selects `sql`: the one that it has already, or the next. */
function nameIn(ranks: Map<string, string>, sql: string): string {
  const name = ranks.get(sql) ?? `rank_${ranks.size}`;
  ranks.set(sql, name);
  return name;
}

function formIn(row: DriverRow, { rank, form }: Column): Form {
  return rank === undefined ? form : formOfRank(Number(row[rank]));
}

/** A clear value in the program's own type, from its text form. */
function typedValue(type: FieldType, given: unknown): unknown {
  if (typeof given !== "string") {
    return given;
  }
  switch (type.kind) {
    case "integer":
      return BigInt(given);
    case "boolean":
      return given === "true";
    case "timestamp":
      return new Date(given);
    case "text-list":
      return JSON.parse(given);
    case "text":
    case "enum":
    case "decimal":
    case "date":
      return given;
    default:
      return unreachable(type);
  }
}
