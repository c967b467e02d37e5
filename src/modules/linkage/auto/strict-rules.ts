/** Rules so strict that what they bring together is nearly always the same. */
import type { BlockingRule, KeyPart, ModelField } from "../model/model.ts";
import { ruleName } from "./choose-rules.ts";
import { personOf } from "./person.ts";

/**
 * What two records hardly ever share unless they are the same: an identifier, an e-mail address, a phone
 * number, a whole name with a date. None is right always (couples share addresses); they serve to ask
 * which share of such pairs other rules find.
 */
export function strictRules(fields: readonly ModelField[]): readonly BlockingRule[] {
  const alone = fields.flatMap((field) => strictKey(field) ?? []);
  const person = personOf(fields);
  const names = [person?.given?.text, person?.family?.text].filter((text) => text !== undefined);
  const dates = fields.filter(({ kind }) => kind === "date").map(({ name }) => `${name}__text`);
  const named =
    names.length < 2 ? [] : dates.map((date) => [...names, date].map((column) => ({ column })));
  return [...alone.map((key) => [key]), ...named].map((parts) => ({
    name: ruleName(parts),
    parts,
  }));
}

function strictKey({ name, kind }: ModelField): KeyPart | undefined {
  switch (kind) {
    case "identifier":
    case "sealed":
    case "email":
      return { column: name };
    case "phone":
      return { column: `${name}__tail` };
    default:
      return undefined;
  }
}
