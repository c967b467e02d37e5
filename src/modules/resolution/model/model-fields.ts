/** What a contract says of its fields, as what linkage compares. */
import type { FieldKind, ModelField } from "../../linkage/index.ts";
import type { Catalogue, Field } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";

/**
 * What categories say of a field (fideslang keys), the longer before the shorter. `user.unique_id` and
 * `user.account` are not here: a number that one source gives says nothing of another source's record,
 * and where it does, the contract calls it an identifier, which is a rule and no evidence to weigh.
 */
const byCategory: readonly (readonly [category: string, kind: FieldKind])[] = [
  ["user.name.first", "given-name"],
  ["user.name.last", "family-name"],
  ["user.name", "full-name"],
  ["user.demographic.date_of_birth", "date"],
  ["user.demographic.gender", "category"],
  ["user.contact.email", "email"],
  ["user.contact.phone_number", "phone"],
  ["user.contact.fax_number", "phone"],
  ["user.contact.organization", "company-name"],
  ["user.contact.address.street", "street-address"],
  ["user.contact.address.postal_code", "postal-code"],
  ["user.contact.address.city", "place"],
  ["user.contact.address.state", "category"],
  ["user.contact.address.country", "country"],
  ["user.contact.address", "street-address"],
  ["user.government_id", "identifier"],
  ["user.financial.bank_account", "identifier"],
];

/** Several fields of these kinds are several values of one thing: a mobile is compared with a landline. */
const joined: ReadonlySet<FieldKind> = new Set(["phone", "email"]);

/**
 * The fields of a dataset by which its records can be told to be the same, in the contract's order.
 * A field's category decides; where it has none, its normaliser and its name. What is not listed here
 * (amounts, states, texts of any content) is not compared. What is compared and sealed is compared by its
 * blind index, of which nothing but equality can be told.
 */
export function modelFields(dataset: EntityDataset, catalogue: Catalogue): ModelField[] {
  const fields: ModelField[] = [];
  const country = catalogue.defaultCountry;
  for (const field of dataset.fields) {
    const kind = dataset.key.includes(field.name) ? undefined : kindWithin(dataset, field);
    const twin = fields.findIndex((one) => one.kind === kind && joined.has(one.kind));
    const known = fields[twin];
    if (known !== undefined) {
      fields[twin] = { ...known, columns: [...known.columns, field.name] };
    } else if (kind !== undefined) {
      fields.push({ name: freeName(field, dataset), kind, columns: [field.name], country });
    }
  }
  return [...fields, ...coordinates(dataset)];
}

/** `name` is what the person's name is prepared into, put together from all fields that hold a part of it. */
function freeName({ name }: Field, { fields }: EntityDataset): string {
  const isTaken = (wanted: string): boolean => fields.some((field) => field.name === wanted);
  return name === "name" ? (isTaken("full_name") ? "name_as_given" : "full_name") : name;
}

/**
 * What names the account is a group, as a gender or a trade is: colleagues share it. It is no name of a company
 * either, whose words could be alike: are two.
 */
function kindWithin(dataset: EntityDataset, field: Field): FieldKind | undefined {
  const isAccount = dataset.kind === "customer" && dataset.account?.field === field.name;
  if (field.equality === "subject") {
    return undefined;
  }
  const kind = isAccount ? "category" : kindOf(field);
  return field.sealed === true && kind !== undefined && kind !== "category" ? "sealed" : kind;
}

function kindOf(field: Field): FieldKind | undefined {
  const { category, normaliser, type, name } = field;
  if (type.kind === "decimal" || type.kind === "boolean" || type.kind === "integer") {
    return undefined;
  }
  const said = byCategory.find(
    ([key]) => category === key || category?.startsWith(`${key}.`) === true,
  )?.[1];
  const isDay = type.kind === "date" || type.kind === "timestamp";
  if (said !== undefined && (said === "date") === isDay) {
    return said;
  }
  switch (normaliser) {
    case "phone":
    case "email":
    case "postal-code":
    case "country":
    case "company-name":
      return normaliser;
    case "person-name":
      return nameKind(name);
    default:
      return type.kind === "date" && /birth|dob/u.test(name) ? "date" : undefined;
  }
}

function nameKind(name: string): FieldKind {
  if (/first|given|fore/u.test(name)) {
    return "given-name";
  }
  return /last|family|sur/u.test(name) ? "family-name" : "full-name";
}

/** A latitude and a longitude are one place. */
function coordinates(dataset: EntityDataset): ModelField[] {
  const precise = dataset.fields.filter(
    ({ category, type, sealed }) =>
      category?.startsWith("user.location") === true && type.kind === "decimal" && sealed !== true,
  );
  const latitude = precise.find(({ name }) => name.startsWith("lat"));
  const longitude = precise.find(({ name }) => /^(?:lon|lng)/u.test(name));
  return latitude === undefined || longitude === undefined
    ? []
    : [{ name: "place_on_map", kind: "coordinates", columns: [latitude.name, longitude.name] }];
}
