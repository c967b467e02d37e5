/** By what records of each field can be brought together, from coarse to fine. */
import type { KeyPart, ModelField } from "../model/model.ts";
import type { PersonColumns } from "./name-template.ts";
import { personOf } from "./person.ts";

/** The keys of one field, coarsest first: the finer, the fewer pairs and the fewer errors forgiven. */
export interface KeyCandidates {
  readonly field: string;
  readonly keys: readonly KeyPart[];
}

const first = (column: string, length: number): KeyPart => ({ column, length });
const last = (column: string, length: number): KeyPart => ({ column, length, at: "end" });
const whole = (column: string): KeyPart => ({ column });

/** Categories and house numbers are left out: they bring strangers together. */
export function keyCandidates(fields: readonly ModelField[]): readonly KeyCandidates[] {
  const person = personOf(fields);
  return [
    ...(person === undefined ? [] : ofPerson(person)),
    ...fields.flatMap((field) => {
      const keys = ofField(field);
      return keys.length === 0 ? [] : [{ field: field.name, keys }];
    }),
  ];
}

function ofPerson({ given, family, rest }: PersonColumns): readonly KeyCandidates[] {
  const candidates: KeyCandidates[] = [];
  if (given !== undefined) {
    const { text, initial, sound } = given;
    candidates.push({
      field: text,
      keys: [whole(initial), first(text, 3), whole(sound), whole(text)],
    });
  }
  if (family !== undefined) {
    const { text, sound } = family;
    candidates.push({
      field: text,
      keys: [first(text, 2), whole(sound), first(text, 4), whole(text)],
    });
  }
  if (rest !== undefined) {
    candidates.push({ field: rest, keys: [whole(rest)] });
  }
  return candidates;
}

function ofField({ name, kind }: ModelField): readonly KeyPart[] {
  switch (kind) {
    case "date": {
      const text = `${name}__text`;
      return [first(text, 4), last(text, 4), first(text, 6), whole(text)];
    }
    case "postal-code":
      return [whole(`${name}__area`), whole(name)];
    case "place":
      return [first(name, 4), whole(name)];
    case "email":
      return [first(`${name}__user`, 4), whole(`${name}__user`), whole(name)];
    case "phone": {
      const tail = `${name}__tail`;
      return [first(tail, 4), last(tail, 4), whole(tail)];
    }
    case "identifier":
      return [first(name, 3), last(name, 3), whole(name)];
    case "sealed":
      return [whole(name)];
    case "street-address":
      return [first(`${name}__sorted`, 5), first(name, 5), whole(`${name}__sorted`)];
    case "company-name":
      return [first(name, 4), whole(`${name}__sound`), first(name, 7), whole(name)];
    case "coordinates":
    case "country":
    case "category":
    case "house-number":
    case "set":
    case "text":
    case "given-name":
    case "family-name":
    case "full-name":
      return [];
    default:
      return [];
  }
}
