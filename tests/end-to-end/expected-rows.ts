/** What generated files hold, counted from their text alone: nothing of Waybill is used. */

/** Sums in hundredths, so that they are exact. */
function hundredths(text: string): bigint {
  const [whole = "0", decimals = ""] = text.split(".");
  return BigInt(whole + decimals.padEnd(2, "0"));
}

function decimal(units: bigint): string {
  const digits = units.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function isDay(text: string): boolean {
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}

export interface Oracle {
  /** Takes a file that is going to be imported. */
  add(text: string): void;
  /** What the database must hold after all of them. */
  expected(): Readonly<Record<string, string>>;
}

/**
 * Retail's orders. They have no key, so a file states a multiset of them, and the database holds, of
 * each order, as many as the file that has most of it.
 */
export class OrdersOracle implements Oracle {
  readonly #most = new Map<string, number>();
  #refused = 0;

  static isOrder(line: string): boolean {
    const [customer = "", day = "", discs = "", amount = "", ...more] = line.trim().split(/ +/);
    return (
      /^\d{5,8}$/.test(customer) &&
      /^\d{8}$/.test(day) &&
      isDay(day) &&
      /^\d+$/.test(discs) &&
      /^\d+(?:\.\d{1,2})?$/.test(amount) &&
      more.length === 0
    );
  }

  add(text: string): void {
    const lines = text
      .split(/\r?\n/)
      .slice(1)
      .filter((line) => line.trim() !== "");
    const orders = lines.filter((line) => OrdersOracle.isOrder(line));
    this.#refused += lines.length - orders.length;
    const equal = Map.groupBy(orders, (line) => line.trim().replaceAll(/ +/g, " "));
    for (const [order, all] of equal) {
      this.#most.set(order, Math.max(all.length, this.#most.get(order) ?? 0));
    }
  }

  expected(): Readonly<Record<string, string>> {
    let orders = 0;
    let amount = 0n;
    for (const [order, times] of this.#most) {
      orders += times;
      amount += BigInt(times) * hundredths(order.split(" ")[3] ?? "");
    }
    const customers = new Set([...this.#most.keys()].map((order) => order.split(" ")[0]));
    return {
      rows: String(orders),
      customers: String(customers.size),
      sum: decimal(amount),
      refused: String(this.#refused),
    };
  }
}

const CUSTOMER_ID = 0;
const TENURE = 5;
const MONTHLY_CHARGES = 18;
const TOTAL_CHARGES = 19;

/** Telecom's bills: the last statement about a customer holds. */
export class BillingOracle implements Oracle {
  readonly #charges = new Map<string, bigint>();
  #refused = 0;

  static isBill(line: string): boolean {
    const cells = line.split(",");
    return (
      cells.length === 21 &&
      /^\d+$/.test(cells[TENURE] ?? "") &&
      /^\d+(?:\.\d{1,2})?$/.test(cells[MONTHLY_CHARGES] ?? "") &&
      /^(?:NA|\d+(?:\.\d{1,2})?)$/.test(cells[TOTAL_CHARGES] ?? "")
    );
  }

  /** The same bills a month later: everybody pays a hundred more. */
  static raised(text: string): string {
    const raise = (line: string): string => {
      const cells = line.split(",");
      const more = [MONTHLY_CHARGES, TOTAL_CHARGES].map((at) => [at, cells[at] ?? ""] as const);
      for (const [at, cell] of more) {
        cells[at] = cell === "NA" ? cell : decimal(hundredths(cell) + 10_000n);
      }
      return cells.join(",");
    };
    return text
      .split("\n")
      .map((line) => (BillingOracle.isBill(line) ? raise(line) : line))
      .join("\n");
  }

  add(text: string): void {
    for (const line of text.trimEnd().split("\n").slice(1)) {
      const cells = line.split(",");
      if (BillingOracle.isBill(line)) {
        this.#charges.set(cells[CUSTOMER_ID] ?? "", hundredths(cells[MONTHLY_CHARGES] ?? ""));
      } else {
        this.#refused += 1;
      }
    }
  }

  expected(): Readonly<Record<string, string>> {
    const sum = [...this.#charges.values()].reduce((total, charge) => total + charge, 0n);
    const rows = String(this.#charges.size);
    return { rows, customers: rows, sum: decimal(sum), refused: String(this.#refused) };
  }
}
