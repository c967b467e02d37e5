/**
 * The retail client: purchases in the layout of the CDNOW master file (Fader and Hardie 2001), to
 * the blank before each line.
 */
import { compactDay, Season, SHOPPING } from "./calendar.ts";
import { Random, Weighted } from "./random.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";

const RETAIL = 20;

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

export function retailScenario({
  customers,
  seed,
  untilDay,
  errors,
}: ScenarioOptions): Scenario<"orders"> {
  const season = new Season(untilDay - HISTORY_DAYS + 1, untilDay, SHOPPING);
  const width = Math.max(5, String(customers).length);
  return {
    layouts: {
      orders: {
        name: "orders.txt",
        header: " customer_id  date number_of_cds  dollar_value",
        delimiter: " ",
        lineEnd: "\r\n",
        prologue: "",
        dates: [2],
        numbers: [4],
      },
    },
    tally: { duplicates: 0, mistakes: {} },
    passes: [
      (index, files) => {
        const random = new Random(seed, RETAIL, index);
        const id = String(index + 1).padStart(width, "0");
        const { mean, size } = FURTHER_PURCHASES;
        const count = 1 + random.negativeBinomial(mean, size);
        const days = Array.from({ length: count }, () => season.pick(random)).sort((a, b) => a - b);
        for (const day of days) {
          const discs = String(DISCS.pick(random)).padStart(2);
          const amount = amountOf(random).toFixed(2).padStart(7);
          const row = ["", id, compactDay(day), discs, amount];
          files.orders.rowOrSpoiled(row, errors.badRows, random);
        }
      },
    ],
  };
}

function amountOf(random: Random): number {
  return random.chance(GIVEN_AWAY) ? 0 : random.logNormal(AMOUNT.mu, AMOUNT.sigma);
}
