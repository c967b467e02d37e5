/**
 * Persons who do not exist. Person `index` of `seed` is a pure function of both: any of them can be
 * made again at any time, alone.
 */
import anyAscii from "any-ascii";
import { LOCALES, type Locale } from "./locales.ts";
import { Random, Weighted } from "./random.ts";

/** What the random streams are for: streams of different purposes never meet. */
const HOUSEHOLD = 1;
const PERSON = 2;

export interface Person {
  readonly locale: Locale;
  readonly gender: "Female" | "Male";
  readonly givenName: string;
  readonly familyName: string;
  /** Of a domain that RFC 2606 reserves: no message can reach anybody. Unique by its number. */
  readonly email: string;
  /** E.164. Some households share one telephone. */
  readonly phone: string;
  /** Days since 1970-01-01. */
  readonly birthDay: number;
  readonly address: Address;
  /** Members of one household have the same number. */
  readonly household: number;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
}

/**
 * How five neighbouring indices share out into households: each entry is the household, within the
 * block, of one of them. Blocks of a fixed size are what makes a person's household computable
 * without counting households from the first on.
 */
const HOUSEHOLD_PATTERNS: readonly (readonly [number, number, number, number, number])[] = [
  [0, 1, 2, 3, 4],
  [0, 1, 1, 2, 3],
  [0, 0, 1, 1, 2],
  [0, 1, 2, 2, 2],
  [0, 0, 1, 1, 1],
  [0, 1, 1, 1, 1],
];
const BLOCK = 5;

/** A locale with its lists made ready for drawing. */
interface Folk {
  readonly locale: Locale;
  readonly female: Weighted<string>;
  readonly male: Weighted<string>;
  readonly family: Weighted<string>;
}

const FOLKS = new Weighted<Folk>(
  LOCALES.map((locale) => ({
    locale,
    female: Weighted.byRank(locale.female),
    male: Weighted.byRank(locale.male),
    family: Weighted.byRank(locale.family),
  })),
  (folk) => folk.locale.share,
);

const MAIL_DOMAINS = new Weighted(
  ["mail.example", "post.example", "inbox.example.net", "web.example.org", "example.com"],
  (_, rank) => 5 - rank,
);

/** 2006-01-01 and 1931-01-01: everybody is of age in 2026. */
const YOUNGEST = 13_149;
const OLDEST = -14_245;

/** Person `index` (0-based) of a seed. */
export function makePerson(seed: number, index: number): Person {
  const household = householdOf(seed, index);
  const shared = new Random(seed, HOUSEHOLD, household);
  const folk = FOLKS.pick(shared);
  const sharedFamily = folk.family.pick(shared);
  const address = makeAddress(folk.locale, shared);
  const sharedPhone = makePhone(folk.locale, shared);

  const own = new Random(seed, PERSON, index);
  const gender = own.chance(0.505) ? "Female" : "Male";
  const givenName = (gender === "Female" ? folk.female : folk.male).pick(own);
  const familyName = own.chance(0.85) ? sharedFamily : folk.family.pick(own);
  return {
    locale: folk.locale,
    gender,
    givenName,
    familyName,
    email: `${ascii(givenName)}.${ascii(familyName)}${index + 1}@${MAIL_DOMAINS.pick(own)}`,
    phone: own.chance(0.2) ? sharedPhone : makePhone(folk.locale, own),
    birthDay: Math.floor(OLDEST + (own.unit() + own.unit()) * 0.5 * (YOUNGEST - OLDEST)),
    address,
    household,
  };
}

/** An address in a country; the same draws give the same address. */
export function makeAddress(locale: Locale, random: Random): Address {
  const [city, postalCode] = random.pick(locale.cities);
  const street = random.pick(locale.streets);
  const number = String(1 + Math.floor(180 * random.unit() ** 2));
  return {
    street: locale.numberFirst ? `${number} ${street}` : `${street} ${number}`,
    city,
    postalCode: fillDigits(postalCode, random),
  };
}

/**
 * An address that somebody has besides the first: of the job, or of another provider. It keeps the number
 * of the first, so that nobody else has it.
 */
export function makeSecondEmail(first: string, random: Random): string {
  const [given = "", family = ""] = first.split(/[.@]/u, 2);
  return `${given.slice(0, 1)}${family}@${MAIL_DOMAINS.pick(random)}`;
}

function makePhone(locale: Locale, random: Random): string {
  return fillDigits(random.pick(locale.phones), random);
}

function householdOf(seed: number, index: number): number {
  const block = Math.floor(index / BLOCK);
  const pattern = new Random(seed, HOUSEHOLD, block, BLOCK).pick(HOUSEHOLD_PATTERNS);
  return block * BLOCK + (pattern[index % BLOCK] ?? 0);
}

/** Every `#` becomes a digit; the first is never 0 nor 1, so that national numbers stay possible. */
function fillDigits(pattern: string, random: Random): string {
  let filled = "";
  let isFirst = true;
  for (const sign of pattern) {
    if (sign === "#") {
      filled += random.integer(isFirst ? 2 : 0, 9);
      isFirst = false;
    } else {
      filled += sign;
    }
  }
  return filled;
}

/** `Łukasz` → `lukasz`, `O'Brien` → `obrien`. A name is folded once: there are about a thousand. */
function ascii(name: string): string {
  const known = folded.get(name);
  if (known !== undefined) {
    return known;
  }
  const plain = anyAscii(name)
    .toLowerCase()
    .replaceAll(/[^a-z]/g, "");
  folded.set(name, plain);
  return plain;
}

const folded = new Map<string, string>();
