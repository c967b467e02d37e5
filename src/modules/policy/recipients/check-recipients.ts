/** The meaning of recipients, checked when a folder is planned. */
import { didYouMean, type Issue, once } from "../../../kernel/index.ts";
import {
  coversKey,
  DATA_CATEGORIES,
  DATA_USES,
  definitionIssue,
  schemaIssues,
  taxonomyProblem,
  type Catalogue,
  type Definition,
} from "../../contracts/index.ts";
import { recipientSchema, type Recipient } from "./recipient.ts";

const AGREEMENT = recipientSchema.shape.agreement;
const MEMBERS = [
  ...Object.keys(recipientSchema.shape),
  ...Object.keys(AGREEMENT.shape),
  "for",
  "email",
];

/** Everything wrong with the recipients among `definitions`; other kinds are passed over. */
export function checkRecipients(definitions: readonly Definition[], catalogue: Catalogue): Issue[] {
  return definitions
    .filter(({ kind }) => kind === "recipient")
    .flatMap((file) => {
      const parsed = recipientSchema.safeParse(file.body);
      return parsed.success
        ? [
            ...placeIssues(file, parsed.data),
            ...purposeIssues(file, parsed.data, catalogue),
            ...categoryIssues(file, parsed.data, catalogue),
            ...memberIssues(file, parsed.data),
          ]
        : schemaIssues(file, parsed.error, MEMBERS);
    });
}

function placeIssues(file: Definition, { jurisdiction, agreement }: Recipient): Issue[] {
  const places = agreement.jurisdictions.flatMap((country, index) =>
    isCountry(country) ? [] : [noCountry(file, ["agreement", "jurisdictions", index], country)],
  );
  if (!isCountry(jurisdiction)) {
    return [...places, noCountry(file, ["jurisdiction"], jurisdiction)];
  }
  if (agreement.jurisdictions.includes(jurisdiction)) {
    return places;
  }
  const message = `the recipient is in ${jurisdiction}, where the agreement does not let it keep data`;
  const hint = `it allows ${agreement.jurisdictions.join(", ")}`;
  return [...places, definitionIssue(file, ["jurisdiction"], { message, hint })];
}

/** Whether the Unicode locale data know a country of that code (https://unicode.org/reports/tr35/#unicode_region_subtag). */
function isCountry(code: string): boolean {
  return regionNames().of(code) !== undefined && !NO_COUNTRIES.includes(code);
}

const regionNames = once(() => new Intl.DisplayNames("en", { type: "region", fallback: "none" }));
/** Regions that the same data name, and that nobody has laws of. */
const NO_COUNTRIES = ["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"];

function noCountry(file: Definition, path: readonly (string | number)[], code: string): Issue {
  const hint = "ISO 3166-1 alpha-2, as in DE; a union such as EU is its members, one by one";
  return definitionIssue(file, path, { message: `${code} is no country`, hint });
}

function purposeIssues(file: Definition, { agreement }: Recipient, catalogue: Catalogue): Issue[] {
  return agreement.purposes.flatMap((purpose, index) =>
    keyIssues(file, ["agreement", "purposes", index], {
      key: purpose,
      what: "purpose",
      taxonomy: DATA_USES,
      ofContract: catalogue.purposes,
    }),
  );
}

function categoryIssues(file: Definition, { agreement }: Recipient, catalogue: Catalogue): Issue[] {
  const ofFields = catalogue.datasets
    .flatMap(({ fields }) => fields)
    .flatMap(({ category }) => category ?? []);
  // Every client has consents, whatever its fields.
  const ofContract = [...ofFields, "user.privacy_preferences"];
  return agreement.categories.flatMap((category, index) =>
    keyIssues(file, ["agreement", "categories", index], {
      key: category,
      what: "category",
      taxonomy: DATA_CATEGORIES,
      ofContract,
    }),
  );
}

interface AgreedKey {
  readonly key: string;
  readonly what: "purpose" | "category";
  readonly taxonomy: ReadonlySet<string>;
  /** What the contract has of it. */
  readonly ofContract: readonly string[];
}

/** An agreed key must be known, and have something of the contract beneath it, or be beneath something. */
function keyIssues(
  file: Definition,
  path: readonly (string | number)[],
  { key, what, taxonomy, ofContract }: AgreedKey,
): Issue[] {
  const problem = taxonomyProblem(key, taxonomy);
  if (problem !== undefined) {
    const message = `${JSON.stringify(key)} is no ${what} of the taxonomy`;
    return [definitionIssue(file, path, { message, hint: problem })];
  }
  if (ofContract.some((one) => coversKey(key, one) || coversKey(one, key))) {
    return [];
  }
  const known = [...new Set(ofContract)].toSorted();
  const message = `nothing in the contract has the ${what} ${key}`;
  const hint = didYouMean(key, known) ?? `it has ${known.join(", ")}`;
  return [definitionIssue(file, path, { message, hint })];
}

function memberIssues(file: Definition, { kind, members }: Recipient): Issue[] {
  const twice = members.flatMap((member, index) =>
    members.indexOf(member) === index
      ? []
      : [definitionIssue(file, ["members", index], { message: `${member} is named twice` })],
  );
  const isCrowd = kind === "person" && members.some((member) => member.endsWith(":*"));
  if (!isCrowd) {
    return twice;
  }
  const message = "everybody of a way in is not one person";
  const hint = "name the person, or make the recipient a team";
  return [...twice, definitionIssue(file, ["members"], { message, hint })];
}
