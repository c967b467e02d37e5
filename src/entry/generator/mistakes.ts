/**
 * The mistakes people make when they write down the same person a second time. A record with such
 * mistakes looks right, and every reader must accept it: finding out who it is, is the work.
 */
import type { Locale } from "./locales.ts";
import { makeAddress, makeSecondEmail } from "./person.ts";
import type { Random } from "./random.ts";

/** How often each mistake is made, each a share of the records it can befall. */
export interface MistakeRates {
  /** Duplicates with a typing error in the given or the family name. */
  readonly typos: number;
  /** Duplicates with the name people call them instead of the given name, where there is one. */
  readonly nicknames: number;
  /** Duplicates with another address in the same country: the person has moved. */
  readonly moves: number;
  /** Duplicates with another e-mail address of the person. */
  readonly secondEmails: number;
  /** Duplicates with day and month of birth swapped, where both could be either. */
  readonly swappedDates: number;
  /** Contacts of either kind that lack their e-mail, telephone, birth date or street. */
  readonly missingFields: number;
  /** Contacts of either kind written in capitals or in small letters throughout. */
  readonly caseChanges: number;
}

export type Mistake = keyof MistakeRates;

/** What a CRM knows of a person. Texts only; an empty text means unknown. */
export interface Contact {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly phone: string;
  /** `DD.MM.YYYY`. */
  readonly birthDate: string;
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
}

/** Makes the mistakes and counts them. */
export class Mistakes {
  readonly counts: Record<Mistake, number> = {
    typos: 0,
    nicknames: 0,
    moves: 0,
    secondEmails: 0,
    swappedDates: 0,
    missingFields: 0,
    caseChanges: 0,
  };
  readonly #rates: MistakeRates;

  constructor(rates: MistakeRates) {
    this.#rates = rates;
  }

  /** What happens when a known person is written down again: everything that can. */
  again(contact: Contact, locale: Locale, random: Random): Contact {
    let changed = contact;
    const nicknames = locale.nicknames[contact.givenName] ?? [];
    if (nicknames.length > 0 && this.#happens("nicknames", random)) {
      changed = { ...changed, givenName: random.pick(nicknames) };
    }
    if (this.#happens("typos", random)) {
      changed = random.chance(0.4)
        ? { ...changed, givenName: mistype(changed.givenName, random) }
        : { ...changed, familyName: mistype(changed.familyName, random) };
    }
    if (this.#happens("moves", random)) {
      changed = { ...changed, ...makeAddress(locale, random) };
    }
    if (contact.email !== "" && this.#happens("secondEmails", random)) {
      changed = { ...changed, email: makeSecondEmail(contact.email, random) };
    }
    if (isAmbiguous(contact.birthDate) && this.#happens("swappedDates", random)) {
      changed = { ...changed, birthDate: swapDayAndMonth(contact.birthDate) };
    }
    return this.once(changed, random);
  }

  /** What happens even when a person is written down for the first time. */
  once(contact: Contact, random: Random): Contact {
    let changed = contact;
    if (this.#happens("missingFields", random)) {
      changed = { ...changed, [random.pick(OMITTABLE)]: "" };
    }
    if (this.#happens("caseChanges", random)) {
      changed = random.chance(0.6) ? inCase(changed, upper) : inCase(changed, lower);
    }
    return changed;
  }

  #happens(mistake: Mistake, random: Random): boolean {
    const happens = random.chance(this.#rates[mistake]);
    this.counts[mistake] += happens ? 1 : 0;
    return happens;
  }
}

const OMITTABLE = ["email", "phone", "birthDate", "street"] as const;

/** Rows of the American keyboard: a slipping finger hits a neighbour. */
const KEY_ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

const NEIGHBOURS: ReadonlyMap<string, string> = new Map(
  KEY_ROWS.flatMap((row) =>
    [...row].map((key, at): [string, string] => [
      key,
      row.slice(Math.max(0, at - 1), at) + row.slice(at + 1, at + 2),
    ]),
  ),
);

/** One typing error: a neighbouring key, a letter dropped, doubled, or changed places with the next. */
export function mistype(text: string, random: Random): string {
  const letters = [...text];
  if (letters.length < 3) {
    return text + (letters.at(-1) ?? "");
  }
  // The first letter stays: people see that one.
  const at = random.integer(1, letters.length - 2);
  const letter = letters[at] ?? "";
  const next = letters[at + 1] ?? "";
  const neighbours = NEIGHBOURS.get(letter.toLowerCase());
  const kind = random.integer(neighbours === undefined ? 1 : 0, letter === next ? 2 : 3);
  if (kind === 0 && neighbours !== undefined) {
    letters[at] = random.pick([...neighbours]);
  } else if (kind === 1) {
    letters[at] = "";
  } else if (kind === 2) {
    letters[at] = letter + letter;
  } else {
    letters[at] = next;
    letters[at + 1] = letter;
  }
  return letters.join("");
}

/** True when `DD.MM.YYYY` reads as another real date with day and month swapped. */
function isAmbiguous(date: string): boolean {
  const day = date.slice(0, 2);
  return day <= "12" && day !== date.slice(3, 5);
}

function swapDayAndMonth(date: string): string {
  return `${date.slice(3, 5)}.${date.slice(0, 2)}${date.slice(5)}`;
}

function inCase(contact: Contact, change: (text: string) => string): Contact {
  return {
    ...contact,
    givenName: change(contact.givenName),
    familyName: change(contact.familyName),
    street: change(contact.street),
    city: change(contact.city),
  };
}

function upper(text: string): string {
  return text.toUpperCase();
}

function lower(text: string): string {
  return text.toLowerCase();
}
