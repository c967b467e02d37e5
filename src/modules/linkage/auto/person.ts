/** Which fields together are one person's name. */
import type { ModelField } from "../model/model.ts";
import type { PersonColumns } from "./name-template.ts";

/**
 * Joins the first given name, family name and full name of the records. Where given and family names
 * have columns of their own, the full name adds the rest; where they have not, it is taken apart.
 */
export function personOf(fields: readonly ModelField[]): PersonColumns | undefined {
  const nameOf = (kind: ModelField["kind"]): string | undefined =>
    fields.find((field) => field.kind === kind)?.name;
  const given = nameOf("given-name");
  const family = nameOf("family-name");
  const full = nameOf("full-name");
  if (given === undefined && family === undefined) {
    return full === undefined ? undefined : takenApart(full);
  }
  return {
    given: given === undefined ? undefined : givenColumns(given, `${given}__`),
    family: family === undefined ? undefined : familyColumns(family, `${family}__`),
    rest: full === undefined ? undefined : `${full}__rest`,
  };
}

/** Fields of a person's name that {@link personOf} leaves over: a second family name, a name in another script. */
export function furtherNames(fields: readonly ModelField[]): readonly ModelField[] {
  const kinds = new Set<ModelField["kind"]>(["given-name", "family-name", "full-name"]);
  const taken = new Set<ModelField["kind"]>();
  return fields.filter((field) => {
    const isFurther = kinds.has(field.kind) && taken.has(field.kind);
    taken.add(field.kind);
    return isFurther;
  });
}

function takenApart(full: string): PersonColumns {
  return {
    given: givenColumns(`${full}__given`, `${full}__given_`),
    family: { ...familyColumns(`${full}__family`, `${full}__family_`), suffix: `${full}__suffix` },
  };
}

function givenColumns(text: string, prefix: string): NonNullable<PersonColumns["given"]> {
  return {
    text,
    initial: `${prefix}initial`,
    sound: `${prefix}sound`,
    nick: `${prefix}nick`,
  };
}

function familyColumns(text: string, prefix: string): NonNullable<PersonColumns["family"]> {
  return { text, sound: `${prefix}sound`, suffix: `${prefix}suffix` };
}
