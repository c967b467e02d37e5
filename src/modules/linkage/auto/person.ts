/** The prepared columns of a person's name, put together from all fields that hold a part of it. */
import type { FieldKind, ModelField } from "../model/model.ts";
import type { PersonColumns } from "./name-template.ts";

const nameKinds: ReadonlySet<FieldKind> = new Set(["given-name", "family-name", "full-name"]);

/** Whether the field is a part of the person's name, which is compared as one. */
export function isNamePart({ kind }: ModelField): boolean {
  return nameKinds.has(kind);
}

/** The columns that `prepare` puts the name together in; undefined where no field is a part of one. */
export function personOf(fields: readonly ModelField[]): PersonColumns | undefined {
  if (!fields.some(isNamePart)) {
    return undefined;
  }
  const fieldsOf = (kind: FieldKind): number =>
    fields.filter((field) => field.kind === kind).flatMap(({ columns }) => columns).length;
  const full = fieldsOf("full-name");
  const hasGiven = fieldsOf("given-name") + full > 0;
  const hasFamily = fieldsOf("family-name") + full > 0;
  const hasMore = fieldsOf("given-name") > 1 || fieldsOf("family-name") > 1 || full > 0;
  return {
    given: hasGiven
      ? {
          text: "name__given",
          initial: "name__given_initial",
          sound: "name__given_sound",
          nick: "name__given_nick",
          own: "name__given_own",
        }
      : undefined,
    family: hasFamily
      ? { text: "name__family", sound: "name__family_sound", suffix: "name__suffix" }
      : undefined,
    rest: hasMore ? "name__rest" : undefined,
  };
}
