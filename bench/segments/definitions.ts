/** The segments: 100, of which 40 look at events in windows. Each as criteria and as SQL written by hand. */

/** The same condition twice: in the language, and as somebody would write it in SQL. */
export interface BenchSegment {
  readonly name: string;
  readonly criteria: string;
  readonly sql: string;
  /** The window it looks at, in days. */
  readonly days?: number;
}

/** Everybody is in it. */
export const EVERYBODY = "everybody";
/** The window that is measured by the instants at which its events leave it. */
export const FLIP_DAYS = 10;
/** Asks for two orders within {@link FLIP_DAYS}. */
export const BUYING = `two-orders-${FLIP_DAYS}`;

const WINDOWS = 20;
const windowDays = (n: number): number => FLIP_DAYS + 5 * n;

export function benchSegments(): readonly BenchSegment[] {
  const fields = Array.from({ length: 20 }, (_, n): BenchSegment[] => [
    {
      name: `balance-${n}`,
      criteria: `customer.balance > ${20 + 4 * n}.5 && customer.visits >= ${n}`,
      sql: `balance > ${20 + 4 * n}.5 and visits >= ${n}`,
    },
    {
      name: `points-${n}`,
      criteria: `customer.plan == "basic" && customer.vip == false && customer.points > ${100 * n}`,
      sql: `plan = 'basic' and vip is false and points > ${100 * n}`,
    },
    {
      name: `city-${n}`,
      criteria: `customer.city in ["Berlin", "Hamburg"] && customer.visits < ${n + 10}`,
      sql: `city in ('Berlin', 'Hamburg') and visits < ${n + 10}`,
    },
  ]).flat();
  const windows = Array.from({ length: WINDOWS }, (_, n): BenchSegment[] => {
    const days = windowDays(n);
    const silent: BenchSegment = {
      name: `silent-${days}`,
      criteria: `calls.within("${days}d").none() && customer.visits > ${n}`,
      sql: `coalesce(calls_${days}, 0) = 0 and visits > ${n}`,
      days,
    };
    const buying: BenchSegment =
      n % 2 === 0
        ? {
            name: `two-orders-${days}`,
            criteria: `orders.within("${days}d").count() >= 2`,
            sql: `coalesce(orders_${days}, 0) >= 2`,
            days,
          }
        : {
            name: `spent-${days}`,
            criteria: `orders.within("${days}d").sum("amount") > 100.0`,
            sql: `coalesce(amount_${days}, 0) > 100`,
            days,
          };
    return [silent, buying];
  }).flat();
  const everybody = { name: EVERYBODY, criteria: "customer.visits >= 0", sql: "visits >= 0" };
  return [everybody, ...fields.slice(1), ...windows];
}

/** One scan that counts the members of all segments, with the instant as its only parameter. */
export function handWrittenScan(segments: readonly BenchSegment[]): string {
  const days = [...new Set(segments.flatMap((segment) => segment.days ?? []))];
  const windowed = (aggregate: string, name: string): string =>
    days
      .map(
        (each) =>
          `${aggregate} filter (where _at > $1::timestamptz - interval '${each * 24} hours') as ${name}_${each}`,
      )
      .join(", ");
  const counts = segments.map(({ sql }, n) => `count(*) filter (where ${sql}) as n${n}`);
  return `select ${counts.join(", ")} from customers c
            left join (select _customer, ${windowed("count(*)", "orders")}, ${windowed("sum(amount)", "amount")}
                         from orders where _at <= $1::timestamptz group by _customer) o on o._customer = c._id
            left join (select _customer, ${windowed("count(*)", "calls")}
                         from calls where _at <= $1::timestamptz group by _customer) k on k._customer = c._id`;
}
