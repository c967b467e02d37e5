/**
 * What partial, bucket and pseudonym mean for a field, by its type, its category and its normaliser. A
 * form without a meaning for a field gives way to the next lower one that has one.
 */
import { coversKey } from "../../contracts/index.ts";
import type { Field } from "../../contracts/index.ts";
import { GIVEN_FORMS } from "./form.ts";
import type { Form, GivenForm } from "./form.ts";

/** How a text is made less telling. */
export type Reduction =
  /** `a***@example.com` */
  | "mailbox"
  /** `***4711`: the last half, at most four characters. */
  | "ending"
  /** `A. L.` */
  | "initials"
  /** The part before the first blank, else the first three characters, but never all of it. */
  | "postal-district"
  /** The first two characters, but never all of it. */
  | "postal-region"
  /** As it is: a country or a region is a bucket already. */
  | "itself"
  /** `1984-05` */
  | "month"
  /** `1984` */
  | "year"
  /** A coordinate cut to one digit after the point, 11 km at the equator. */
  | "tenth"
  /** A coordinate cut to whole degrees. */
  | "degree"
  /** `200..299`: as wide as the number's first digit stands for, at least ten. */
  | "band"
  /** 32 hexadecimal digits, under a key of the client, the recipient and the field. */
  | "pseudonym";

/** What each form of a field does to a value; clear does nothing. */
export type Shape = Readonly<Partial<Record<Exclude<GivenForm, "clear">, Reduction>>>;

const PSEUDONYM = { pseudonym: "pseudonym" } as const;

/** By category, the most special first. */
const TEXTS: readonly (readonly [category: string, shape: Shape])[] = [
  ["user.contact.email", { partial: "mailbox", ...PSEUDONYM }],
  ["user.contact.phone_number", { partial: "ending", ...PSEUDONYM }],
  ["user.contact.fax_number", { partial: "ending", ...PSEUDONYM }],
  ["user.name", { partial: "initials", ...PSEUDONYM }],
  [
    "user.contact.address.postal_code",
    { partial: "postal-district", bucket: "postal-region", ...PSEUDONYM },
  ],
  // Few values, often told apart by how frequent they are: a pseudonym would hide nothing.
  ["user.contact.address.country", { bucket: "itself" }],
  ["user.contact.address.state", { bucket: "itself" }],
  ["user.government_id", { partial: "ending", ...PSEUDONYM }],
  ["user.financial", { partial: "ending", ...PSEUDONYM }],
  ["user.payment", { partial: "ending", ...PSEUDONYM }],
  ["user.unique_id", { partial: "ending", ...PSEUDONYM }],
  ["user.account", { partial: "ending", ...PSEUDONYM }],
  ["user.health_and_medical.record_id", { partial: "ending", ...PSEUDONYM }],
];

/** What a normaliser says of a text whose category says nothing. */
const NORMALISED: Readonly<Partial<Record<NonNullable<Field["normaliser"]>, string>>> = {
  email: "user.contact.email",
  phone: "user.contact.phone_number",
  "person-name": "user.name",
  "postal-code": "user.contact.address.postal_code",
  country: "user.contact.address.country",
};

/** What the forms of a field are. */
export function shapeOf(field: Field): Shape {
  const { type, category = "" } = field;
  switch (type.kind) {
    case "text":
      return textShape(field);
    case "date":
    case "timestamp":
      return { partial: "month", bucket: "year", ...PSEUDONYM };
    case "integer":
      return field.identifier || coversKey("user.unique_id", category)
        ? { partial: "ending", ...PSEUDONYM }
        : { bucket: "band", ...PSEUDONYM };
    case "decimal":
      return coversKey("user.location", category)
        ? { partial: "tenth", bucket: "degree" }
        : { bucket: "band", ...PSEUDONYM };
    case "enum":
      return coversKey("user.contact.address", category) ? { bucket: "itself" } : {};
    // Two values and lists of a few are told apart by how frequent they are.
    case "boolean":
    case "text-list":
      return {};
  }
}

function textShape({ category, normaliser, identifier }: Field): Shape {
  const kinds = [category, normaliser === undefined ? undefined : NORMALISED[normaliser]];
  for (const kind of kinds) {
    const found = TEXTS.find(([above]) => kind !== undefined && coversKey(above, kind));
    if (found !== undefined) {
      return found[1];
    }
  }
  return identifier ? { partial: "ending", ...PSEUDONYM } : PSEUDONYM;
}

/** The form that a permitted form comes to: itself, or the next lower one that the field has. */
export function formGiven(shape: Shape, permitted: GivenForm): Form {
  const lower = GIVEN_FORMS.slice(GIVEN_FORMS.indexOf(permitted));
  return lower.find((form) => form === "clear" || shape[form] !== undefined) ?? "absent";
}
