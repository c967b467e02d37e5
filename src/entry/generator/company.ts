/**
 * Companies that do not exist, and who works in which. Contact `index` of a seed and the account it
 * acts for are pure functions of both, so that neither must be remembered.
 */
import { must } from "../../kernel/index.ts";
import { makePerson } from "./person.ts";
import { Random, Weighted } from "./random.ts";

const STAFFING = 40;
const COMPANY = 41;

const DAYS_PER_YEAR = 365;

export const INDUSTRIES = [
  { key: "machinery", word: "Machines" },
  { key: "automotive", word: "Motors" },
  { key: "food", word: "Foods" },
  { key: "retail", word: "Stores" },
  { key: "chemicals", word: "Chemicals" },
  { key: "electronics", word: "Electronics" },
  { key: "textiles", word: "Textiles" },
  { key: "pharmaceuticals", word: "Pharma" },
] as const;

export interface Company {
  /** `A-` and a number; no two are the same. */
  readonly accountId: string;
  readonly name: string;
  readonly industry: string;
  readonly employees: number;
  /** Yearly, in whole euros. */
  readonly revenue: number;
  readonly country: string;
  readonly tier: "gold" | "silver" | "bronze";
  /** Days since 1970-01-01; the last is the contract's last day. */
  readonly contractFrom: number;
  readonly contractUntil: number;
}

/**
 * How twelve neighbouring contacts share out into companies: the company, within the block, of each.
 * Blocks of a fixed size make a contact's company computable without counting from the first on.
 */
const STAFF_PATTERNS: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2],
  [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4],
  [0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8],
];
const BLOCK = 12;

const INDUSTRY = Weighted.byRank(INDUSTRIES);

/** The ending of a company's name in each country of the generator. */
const LEGAL_FORMS: Readonly<Record<string, string>> = {
  US: "Inc.",
  DE: "GmbH",
  FR: "SARL",
  ES: "S.L.",
  PL: "Sp. z o.o.",
  TR: "A.Ş.",
  VN: "JSC",
};

/** The place of a contact: its company's number, and its own among the company's contacts, from 0. */
export interface Post {
  readonly company: number;
  readonly rank: number;
}

/** Where contact `index` of a seed works. The contacts of a company are neighbours, beginning with rank 0. */
export function postOf(seed: number, index: number): Post {
  const block = Math.floor(index / BLOCK);
  const pattern = new Random(seed, STAFFING, block).pick(STAFF_PATTERNS);
  const own = must(pattern[index % BLOCK], "patterns have as many entries as blocks have contacts");
  return { company: block * BLOCK + own, rank: (index % BLOCK) - pattern.indexOf(own) };
}

/** Company `number` of a seed, as it is at the end of day `untilDay`. */
export function makeCompany(seed: number, number: number, untilDay: number): Company {
  const random = new Random(seed, COMPANY, number);
  const founder = makePerson(seed, number);
  const industry = INDUSTRY.pick(random);
  const employees = Math.ceil(random.logNormal(5, 1.6));
  const revenue = Math.round(employees * random.logNormal(12.2, 0.5));
  const years = random.integer(1, 3);
  const contractFrom = untilDay - random.integer(0, 8 * DAYS_PER_YEAR);
  return {
    accountId: `A-${number + 1}`,
    name: `${founder.familyName} ${industry.word} ${LEGAL_FORMS[founder.locale.country] ?? "Ltd."}`,
    industry: industry.key,
    employees,
    revenue,
    country: founder.locale.country,
    tier: tierOf(revenue, random),
    contractFrom,
    contractUntil: renewedUntil(contractFrom, { years, untilDay, random }),
  };
}

function tierOf(revenue: number, random: Random): Company["tier"] {
  const luck = random.unit();
  if (revenue > 60_000_000) {
    return luck < 0.6 ? "gold" : "silver";
  }
  return luck < 0.08 ? "gold" : luck < 0.4 ? "silver" : "bronze";
}

/** The end of the term that runs at the end of the history, or of the last one that was not renewed. */
function renewedUntil(
  from: number,
  {
    years,
    untilDay,
    random,
  }: { readonly years: number; readonly untilDay: number; readonly random: Random },
): number {
  const term = years * DAYS_PER_YEAR;
  let until = from + term - 1;
  while (until < untilDay && random.chance(0.93)) {
    until += term;
  }
  return until;
}
