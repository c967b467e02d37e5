/**
 * The retail client: purchases in the layout of the CDNOW master file (Fader and Hardie 2001), to
 * the blank before each line; the profiles of the members of a club; and answers to surveys.
 */
import { compactDay, isoDay, isoInstant, officeSecond, Season, SHOPPING } from "./calendar.ts";
import { makePerson } from "./person.ts";
import { Random, Weighted } from "./random.ts";
import { csvLayout, type FileLayout, type RowFile } from "./row-file.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";

const RETAIL = 20;
const PROFILES = 21;
const ANSWERS = 22;

/** As long as the published history: 18 months. */
const HISTORY_DAYS = 545;

/**
 * Of the published 69,659 purchases: their logarithms have mean 3.28 and standard deviation 0.73,
 * and customers have 2.96 purchases with variance 22.4, hence 1.96 after the first at size 0.19.
 */
const AMOUNT = { mu: 3.28, sigma: 0.73 };
const FURTHER_PURCHASES = { mean: 1.96, size: 0.19 };

/** 80 of the published purchases cost nothing. */
const GIVEN_AWAY = 80 / 69_659;

/** Discs in one purchase: 1 in half of the cases, and falling fast. */
const DISCS = new Weighted([1, 2, 3, 4, 5, 6, 7, 8, 10, 12], (_, rank) => 0.5 ** rank);

type RetailFile = "orders" | "profiles" | "answers";
type Files = Readonly<Record<RetailFile, RowFile>>;

const LAYOUTS: Readonly<Record<RetailFile, FileLayout>> = {
  orders: {
    name: "orders.txt",
    header: " customer_id  date number_of_cds  dollar_value",
    delimiter: " ",
    lineEnd: "\r\n",
    prologue: "",
    dates: [2],
    numbers: [4],
  },
  profiles: csvLayout("profiles.csv", "customer_id,birth_date,country,interests,newsletter", {
    dates: [1],
    numbers: [],
  }),
  answers: csvLayout("answers.csv", "answer_id,customer_id,answered_at,question,score", {
    dates: [2],
    numbers: [4],
  }),
};

/** Every other customer joins the club, and three in ten answer when they are asked. */
const CLUB = 0.5;
const ANSWERING = 0.3;

const INTERESTS = Weighted.byRank([
  "rock",
  "pop",
  "jazz",
  "classical",
  "folk",
  "electronic",
  "soul",
  "opera",
]);

/** What surveys ask, with the usual score of each question and how far answers lie apart. */
const QUESTIONS = [
  { question: "recommend", mean: 7.6, spread: 2 },
  { question: "delivery", mean: 7.9, spread: 2.2 },
  { question: "novelty", mean: 5.5, spread: 2.8 },
  { question: "sustainability", mean: 5.8, spread: 2.9 },
] as const;

export function retailScenario(options: ScenarioOptions): Scenario<RetailFile> {
  const retail = new Retail(options);
  return {
    layouts: LAYOUTS,
    tally: { duplicates: 0, mistakes: {} },
    passes: [(index, files) => retail.writeCustomer(index, files)],
  };
}

class Retail {
  readonly #options: ScenarioOptions;
  readonly #season: Season;
  readonly #width: number;

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#season = new Season(options.untilDay - HISTORY_DAYS + 1, options.untilDay, SHOPPING);
    this.#width = Math.max(5, String(options.customers).length);
  }

  writeCustomer(index: number, files: Files): void {
    const id = String(index + 1).padStart(this.#width, "0");
    this.#writeOrders(index, id, files.orders);
    this.#writeProfile(index, id, files.profiles);
    this.#writeAnswers(index, id, files.answers);
  }

  #writeOrders(index: number, id: string, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, RETAIL, index);
    const { mean, size } = FURTHER_PURCHASES;
    const count = 1 + random.negativeBinomial(mean, size);
    for (const day of this.#days(count, random)) {
      const discs = String(DISCS.pick(random)).padStart(2);
      const amount = amountOf(random).toFixed(2).padStart(7);
      file.rowOrSpoiled(["", id, compactDay(day), discs, amount], errors.badRows, random);
    }
  }

  #writeProfile(index: number, id: string, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, PROFILES, index);
    if (!random.chance(CLUB)) {
      return;
    }
    const person = makePerson(seed, index);
    const ticked = Array.from({ length: random.poisson(2.2) }, () => INTERESTS.pick(random));
    const row = [
      id,
      random.chance(0.8) ? isoDay(person.birthDay) : "",
      person.locale.country,
      [...new Set(ticked)].join(";"),
      random.chance(0.6) ? "yes" : "no",
    ];
    file.rowOrSpoiled(row, errors.badRows, random);
  }

  #writeAnswers(index: number, id: string, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, ANSWERS, index);
    if (!random.chance(ANSWERING)) {
      return;
    }
    const days = this.#days(random.integer(1, 4), random);
    for (const [survey, day] of days.entries()) {
      const answered = isoInstant(day, officeSecond(random));
      for (const [number, { question, mean, spread }] of QUESTIONS.entries()) {
        const score = Math.round(mean + spread * random.normal());
        const answer = `R-${index + 1}-${survey * QUESTIONS.length + number + 1}`;
        const row = [answer, id, answered, question, String(Math.min(10, Math.max(0, score)))];
        file.rowOrSpoiled(row, errors.badRows, random);
      }
    }
  }

  /** So many days of the history, in order. */
  #days(count: number, random: Random): number[] {
    const days = Array.from({ length: count }, () => this.#season.pick(random));
    return days.sort((a, b) => a - b);
  }
}

function amountOf(random: Random): number {
  return random.chance(GIVEN_AWAY) ? 0 : random.logNormal(AMOUNT.mu, AMOUNT.sigma);
}
