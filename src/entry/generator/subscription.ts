/** What a telecom customer has bought: one row of the published churn file's layout. */
import type { Person } from "./person.ts";
import { Random, Weighted } from "./random.ts";

const SUBSCRIPTION = 14;
const NUMBERING = 15;

const DAYS_PER_MONTH = 30.4375;

export interface Subscription {
  readonly customerId: string;
  /** The day it began, in days since 1970-01-01. */
  readonly since: number;
  /** How much more often than others the customer needs help: about 1. */
  readonly trouble: number;
  /** In the order of the published header. */
  readonly columns: readonly string[];
}

/** Shares of the published 7,043 customers, in per cent. */
const CONTRACTS = new Weighted(
  [
    { name: "Month-to-month", share: 55 },
    { name: "Two year", share: 24 },
    { name: "One year", share: 21 },
  ],
  ({ share }) => share,
);
const INTERNET = new Weighted(
  [
    { name: "Fiber optic", share: 44, cents: 7000 },
    { name: "DSL", share: 34, cents: 4500 },
    { name: "No", share: 22, cents: 2000 },
  ],
  ({ share }) => share,
);
const PAYMENTS = new Weighted(
  [
    { name: "Electronic check", share: 34 },
    { name: "Mailed check", share: 23 },
    { name: "Bank transfer (automatic)", share: 22 },
    { name: "Credit card (automatic)", share: 21 },
  ],
  ({ share }) => share,
);

/** The published prices, nearly: protections cost five dollars a month, streams ten. */
const ADD_ONS = [
  { share: 0.37, cents: 500 },
  { share: 0.44, cents: 500 },
  { share: 0.44, cents: 500 },
  { share: 0.37, cents: 500 },
  { share: 0.49, cents: 1000 },
  { share: 0.5, cents: 1000 },
] as const;

/** The subscription of person `index` of the seed, as it is at the end of day `untilDay`. */
export function subscribe(subscriber: {
  readonly seed: number;
  readonly index: number;
  readonly person: Person;
  readonly untilDay: number;
}): Subscription {
  const { seed, index, person, untilDay } = subscriber;
  const random = new Random(seed, SUBSCRIPTION, index);
  const contract = CONTRACTS.pick(random).name;
  const tenure = tenureMonths(contract, random);
  const internet = INTERNET.pick(random);
  const hasPhone = internet.name === "No" || random.chance(0.87);
  const hasLines = hasPhone && random.chance(0.47);
  const addOns = ADD_ONS.map((addOn) => internet.name !== "No" && random.chance(addOn.share));
  const monthly =
    internet.cents +
    (hasPhone ? 0 : -2000) +
    (hasLines ? 500 : 0) +
    ADD_ONS.reduce((sum, addOn, at) => sum + (addOns[at] === true ? addOn.cents : 0), 0) +
    5 * random.integer(-30, 30);
  const total = Math.round(tenure * monthly * (tenure > 1 ? 1 + 0.03 * random.normal() : 1));
  const hasPartner = random.chance(0.48);
  const churned = random.chance(churnShare(contract, internet.name, tenure));
  const customerId = customerNumber(seed, index);
  return {
    customerId,
    since: untilDay - Math.floor(tenure * DAYS_PER_MONTH),
    trouble: (churned ? 1.6 : 0.8) * (internet.name === "Fiber optic" ? 1.25 : 0.85),
    columns: [
      customerId,
      person.gender,
      (untilDay - person.birthDay) / 365.2425 >= 65 ? "1" : "0",
      yesNo(hasPartner),
      yesNo(random.chance(hasPartner ? 0.5 : 0.09)),
      String(tenure),
      yesNo(hasPhone),
      hasPhone ? yesNo(hasLines) : "No phone service",
      internet.name,
      ...addOns.map((has) => (internet.name === "No" ? "No internet service" : yesNo(has))),
      contract,
      yesNo(random.chance(0.59)),
      PAYMENTS.pick(random).name,
      dollars(monthly),
      // The published file says NA for whoever has not had a first bill.
      tenure === 0 ? "NA" : dollars(total),
      yesNo(churned),
    ],
  };
}

/** 26^5 groups of letters, and with the four digits the number of all customer numbers. */
const LETTER_GROUPS = 26 ** 5;
const ALL_NUMBERS = LETTER_GROUPS * 10_000;

/** Has no factor in common with {@link ALL_NUMBERS} (2, 5, 13), and times 10^7 is still exact. */
const STRIDE = 700_004_879;

/** `7590-VHVEG`: a walk with a fixed stride through all numbers there are, so no two are the same. */
export function customerNumber(seed: number, index: number): string {
  const start = new Random(seed, NUMBERING).unit() * ALL_NUMBERS;
  const number = (Math.floor(start) + index * STRIDE) % ALL_NUMBERS;
  let letters = "";
  for (let rest = Math.floor(number / 10_000); letters.length < 5; rest = Math.floor(rest / 26)) {
    letters += String.fromCharCode(65 + (rest % 26));
  }
  return `${String(number % 10_000).padStart(4, "0")}-${letters}`;
}

/** Months so far, at most 72: short where one may leave every month. */
function tenureMonths(contract: string, random: Random): number {
  const mean = contract === "Month-to-month" ? 18 : contract === "One year" ? 42 : 57;
  const months =
    contract === "Month-to-month" ? mean * random.gamma(0.9) : mean + 17 * random.normal();
  return Math.min(72, Math.max(0, Math.floor(months)));
}

/** As in the published file: those leave who may, who pay for fibre, and who are new. Mean 0.27. */
function churnShare(contract: string, internet: string, tenure: number): number {
  const byContract = contract === "Month-to-month" ? 0.4 : contract === "One year" ? 0.12 : 0.03;
  const byInternet = internet === "Fiber optic" ? 1.35 : internet === "DSL" ? 0.8 : 0.4;
  return Math.min(0.95, byContract * byInternet * (tenure < 12 ? 1.35 : 0.85));
}

function yesNo(value: boolean): string {
  return value ? "Yes" : "No";
}

/** `29.85`, `42.3`, `100`: no zeros at the end, as in the published file. */
function dollars(cents: number): string {
  return String(cents / 100);
}
