/** An access, compiled: the rules of every field, and what they are in SQL and in Node. */
import { must } from "../../kernel/index.ts";
import { columnType, findDataset } from "../contracts/index.ts";
import type { Catalogue, Field } from "../contracts/index.ts";
import { quoteIdent } from "../../platform/postgres/index.ts";
import type { Access, AccessInstant, AccessTarget } from "./access.ts";
import { TRUE, anyOf, constantTruth, residualKey, where } from "./compile/residual.ts";
import type { Residual } from "./compile/residual.ts";
import type { FormRule } from "./compile/permission.ts";
import { rankOf } from "./forms/form.ts";
import type { Form, GivenForm } from "./forms/form.ts";
import { pseudonymContext, pseudonymPads } from "./forms/pseudonym.ts";
import type { PseudonymPads } from "./forms/pseudonym.ts";
import { reduce } from "./forms/reduce.ts";
import { shapeOf } from "./forms/shape.ts";
import type { Recipient } from "./recipients/recipient.ts";
import { clearTextSql, reductionSql } from "./sql/reduction-sql.ts";
import { residualSql } from "./sql/residual-sql.ts";
import type { ResidualTarget } from "./sql/residual-sql.ts";

/** A secret of the client for a context, always the same for the same: 32 bytes. */
export type PseudonymKey = (context: string) => Buffer;

export interface CompiledAccessOptions {
  readonly catalogue: Catalogue;
  readonly recipient: Recipient;
  readonly purpose: string;
  readonly at: AccessInstant;
  readonly policySha256: string;
  readonly nothing: string | undefined;
  /** By dataset and field. What is not there is absent. */
  readonly rules: ReadonlyMap<string, ReadonlyMap<string, readonly FormRule[]>>;
  /** A key for what the context names, 32 bytes; asked for when a pseudonym can occur. */
  readonly pseudonymKey: PseudonymKey;
}

export class CompiledAccess implements Access {
  readonly #options: CompiledAccessOptions;
  readonly #pads = new Map<string, PseudonymPads>();

  constructor(options: CompiledAccessOptions) {
    this.#options = options;
  }

  get recipient(): Recipient {
    return this.#options.recipient;
  }

  get purpose(): string {
    return this.#options.purpose;
  }

  get at(): AccessInstant {
    return this.#options.at;
  }

  get policySha256(): string {
    return this.#options.policySha256;
  }

  get nothing(): string | undefined {
    return this.#options.nothing;
  }

  forms(dataset: string, field: string): readonly Form[] {
    const rules = this.#rules(dataset, field);
    const forms = rules.map(({ form }) => form);
    const last = rules.at(-1);
    return last !== undefined && constantTruth(last.when) === true ? forms : [...forms, "absent"];
  }

  isClear(dataset: string, field: string): boolean {
    const [form, ...others] = this.forms(dataset, field);
    return form === "clear" && others.length === 0;
  }

  rowCondition(target: AccessTarget, fields?: readonly string[]): string {
    const asked = fields ?? [...(this.#options.rules.get(target.dataset)?.keys() ?? [])];
    return this.#sql(this.#anyOf(target.dataset, asked), target);
  }

  ofSeenRows(dataset: string, fields: readonly string[]): Access {
    const seen = this.#anyOf(dataset, fields);
    const rules = fields.map((field) => {
      const asked = this.#rules(dataset, field).map(({ form, when }) => ({
        form,
        when: where(when, seen),
      }));
      const last = asked.findIndex(({ when }) => constantTruth(when) === true);
      return [field, last < 0 ? asked : asked.slice(0, last + 1)] as const;
    });
    return new CompiledAccess({ ...this.#options, rules: new Map([[dataset, new Map(rules)]]) });
  }

  ruleKey(dataset: string, fields: readonly string[]): string {
    const rules = fields.map((field) =>
      this.#rules(dataset, field).map(({ form, when }) => [form, residualKey(when)]),
    );
    return JSON.stringify(rules);
  }

  rank(target: AccessTarget, field: string): string {
    const branches = this.#rules(target.dataset, field).map(({ form, when }) => ({
      when,
      sql: String(rankOf(form)),
    }));
    return this.#firstOf(branches, target, "0");
  }

  value(target: AccessTarget, field: string): string {
    const found = this.#field(target.dataset, field);
    const rules = this.#rules(target.dataset, field);
    const nothing = `null::${found.type.kind === "text-list" ? "text[]" : "text"}`;
    if (found.sealed === true) {
      const when = anyOf(rules.map((rule) => rule.when));
      return this.#firstOf([{ when, sql: columnOf(target, field) }], target, "null::bytea");
    }
    const branches = rules.map(({ form, when }) => ({
      when,
      sql: this.#formSql(target, found, form),
    }));
    return this.#firstOf(branches, target, nothing);
  }

  clearValue(target: AccessTarget, field: string): string {
    const found = this.#field(target.dataset, field);
    const type = found.sealed === true ? "bytea" : columnType(found.type);
    const branches = this.#rules(target.dataset, field)
      .filter(({ form }) => form === "clear")
      .map(({ when }) => ({ when, sql: columnOf(target, field) }));
    return this.#firstOf(branches, target, `null::${type}`);
  }

  inForm(
    dataset: string,
    field: string,
    { form, text }: { readonly form: Form; readonly text: string | null },
  ): string | null {
    if (text === null || form === "absent") {
      return null;
    }
    if (form === "clear") {
      return text;
    }
    const reduction = shapeOf(this.#field(dataset, field))[form];
    return reduction === undefined
      ? null
      : reduce(text, reduction, () => this.#padsOf(dataset, field));
  }

  #formSql(target: AccessTarget, field: Field, form: GivenForm): string {
    const column = columnOf(target, field.name);
    if (form === "clear") {
      return clearTextSql(column, field.type);
    }
    return reductionSql(must(shapeOf(field)[form], "rules have only forms that the field has"), {
      column,
      type: field.type,
      parameters: target.parameters,
      pads: () => this.#padsOf(target.dataset, field.name),
    });
  }

  /** The SQL of the first branch that holds. */
  #firstOf(
    branches: readonly { readonly when: Residual; readonly sql: string }[],
    target: AccessTarget,
    otherwise: string,
  ): string {
    const conditional = branches.filter(({ when }) => constantTruth(when) === undefined);
    const last = branches.find(({ when }) => constantTruth(when) === true)?.sql ?? otherwise;
    const cases = conditional.map(({ when, sql }) => `when ${this.#sql(when, target)} then ${sql}`);
    return cases.length === 0 ? last : `(case ${cases.join(" ")} else ${last} end)`;
  }

  #sql(residual: Residual, target: AccessTarget): string {
    const { catalogue, at } = this.#options;
    const now = at === "live" ? undefined : at;
    const whole: ResidualTarget = { ...target, catalogue, now };
    return residual === TRUE ? "true" : residualSql(residual, whole);
  }

  /** Whether any of the fields may be had of a row. */
  #anyOf(dataset: string, fields: readonly string[]): Residual {
    return anyOf(fields.flatMap((field) => this.#rules(dataset, field).map(({ when }) => when)));
  }

  #rules(dataset: string, field: string): readonly FormRule[] {
    return this.#options.rules.get(dataset)?.get(field) ?? [];
  }

  #field(dataset: string, name: string): Field {
    const fields = findDataset(this.#options.catalogue, dataset)?.fields;
    return must(
      fields?.find((field) => field.name === name),
      "whoever asks for a field takes its name from the catalogue",
    );
  }

  #padsOf(dataset: string, field: string): PseudonymPads {
    const place = `${dataset}.${field}`;
    const known = this.#pads.get(place);
    if (known !== undefined) {
      return known;
    }
    const context = pseudonymContext(this.recipient.recipient, dataset, field);
    const pads = pseudonymPads(this.#options.pseudonymKey(context));
    this.#pads.set(place, pads);
    return pads;
  }
}

function columnOf({ row }: AccessTarget, field: string): string {
  return `${row}.${quoteIdent(field)}`;
}
