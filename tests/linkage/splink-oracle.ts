/**
 * A second opinion on the weights of a Splink model. DuckDB evaluates Splink's own SQL, word for word,
 * and the arithmetic of Splink 4.0.16 (products of Bayes factors, term frequencies as powers) follows it
 * in SQL too: nothing of ours takes part.
 */
import { readFileSync } from "node:fs";
import type { DuckDb } from "../../src/platform/duckdb/index.ts";

/** What of the settings the oracle reads. */
interface SplinkSettings {
  readonly probability_two_random_records_match: number;
  readonly comparisons: readonly { readonly comparison_levels: readonly SplinkLevel[] }[];
  readonly blocking_rules_to_generate_predictions: readonly { readonly blocking_rule: string }[];
}

interface SplinkLevel {
  readonly sql_condition: string;
  readonly is_null_level?: boolean;
  readonly m_probability?: number;
  readonly u_probability?: number;
  readonly tf_adjustment_column?: string;
}

export interface OracleRecord {
  readonly id: number;
  readonly [column: string]: string | number | null;
}

export interface OraclePair {
  readonly l: number;
  readonly r: number;
  readonly weight: number;
  readonly isSame: boolean;
}

export interface SplinkOpinion {
  /** In the order of their ids, which are 0, 1, 2, …; blanks around values are gone, empty ones are null. */
  readonly records: readonly OracleRecord[];
  /** Every pair that the model's blocking rules find, once, with l < r. */
  readonly pairs: readonly OraclePair[];
  /** By column with term frequencies: the share of each value among those that are not null. */
  readonly terms: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface OracleSource {
  readonly csv: string;
  readonly settings: string;
  /** An SQL expression over the columns that is equal for records of the same entity. */
  readonly entity: string;
}

/** Scores every blocked pair of a CSV file. Leaves the table `records` (id, entity, columns) behind. */
export async function askSplink(duck: DuckDb, source: OracleSource): Promise<SplinkOpinion> {
  const settings = JSON.parse(readFileSync(source.settings, "utf8")) as SplinkSettings;
  const columns = await loadRecords(duck, source);
  const terms = await loadTerms(duck, settings);
  const pairs = await duck.rows<OraclePair>(pairsSql(settings, columns));
  const records = await duck.rows<OracleRecord>(
    `select id, ${columns.map(quoted).join(", ")} from records order by id`,
  );
  return { records, pairs, terms };
}

async function loadRecords(
  duck: DuckDb,
  { csv, entity }: OracleSource,
): Promise<readonly string[]> {
  const file = `read_csv('${csv}', all_varchar = true, header = true, delim = ',')`;
  const described = await duck.rows<{ column_name: string }>(`describe select * from ${file}`);
  const names = described.map(({ column_name: name }) => name);
  const trimmed = names.map(
    (name) => `nullif(trim(${quoted(name)}), '') as ${quoted(name.trim())}`,
  );
  await duck.run(
    `create table records as
     select (row_number() over () - 1)::integer as id, ${entity} as entity, * from
       (select ${trimmed.join(", ")} from ${file})`,
  );
  return names.map((name) => name.trim());
}

async function loadTerms(
  duck: DuckDb,
  settings: SplinkSettings,
): Promise<Map<string, ReadonlyMap<string, number>>> {
  const terms = new Map<string, ReadonlyMap<string, number>>();
  for (const column of termColumns(settings)) {
    const name = quoted(column);
    await duck.run(
      `create table ${quoted(`terms_${column}`)} as
       select ${name} as term, count(*)::double / (select count(${name}) from records) as share
       from records where ${name} is not null group by 1`,
    );
    const rows = await duck.rows<{ term: string; share: number }>(
      `select term, share from ${quoted(`terms_${column}`)}`,
    );
    terms.set(column, new Map(rows.map(({ term, share }) => [term, share])));
  }
  return terms;
}

function pairsSql(settings: SplinkSettings, columns: readonly string[]): string {
  const tf = termColumns(settings);
  const joins = tf.flatMap((column) =>
    ["l", "r"].map(
      (side) =>
        `left join ${quoted(`terms_${column}`)} as ${quoted(`t_${column}_${side}`)}
           on ${quoted(`t_${column}_${side}`)}.term = ${side}.${quoted(column)}`,
    ),
  );
  const shares = tf.flatMap((column) =>
    ["l", "r"].map(
      (side) => `${quoted(`t_${column}_${side}`)}.share as ${quoted(`tf_${column}_${side}`)}`,
    ),
  );
  const sided = ["l", "r"].flatMap((side) =>
    columns.map((column) => `${side}.${quoted(column)} as ${quoted(`${column}_${side}`)}`),
  );
  const found = settings.blocking_rules_to_generate_predictions.map(
    ({ blocking_rule: rule }) =>
      `select l.id as l, r.id as r from records l join records r on (${rule}) and l.id < r.id`,
  );
  const factors = settings.comparisons.map(({ comparison_levels: levels }) => bayesFactor(levels));
  const prior = settings.probability_two_random_records_match;
  return `
    with found as (${found.join(" union ")}),
    wide as (
      select found.l, found.r, l.entity = r.entity as "isSame", ${[...sided, ...shares].join(", ")}
      from found join records l on l.id = found.l join records r on r.id = found.r
      ${joins.join("\n")}
    )
    select l, r, "isSame", log2(${prior}::double / (1 - ${prior}::double)
      * ${factors.join("\n      * ")}) as weight
    from wide order by l, r`;
}

function bayesFactor(levels: readonly SplinkLevel[]): string {
  const graded = levels.filter((level) => level.is_null_level !== true);
  const cases = levels.map((level) => {
    const value = level.is_null_level === true ? "1.0" : levelFactor(level, graded);
    return level.sql_condition === "ELSE"
      ? `else ${value}`
      : `when ${level.sql_condition} then ${value}`;
  });
  return `(case ${cases.join(" ")} end)::double`;
}

function levelFactor(level: SplinkLevel, graded: readonly SplinkLevel[]): string {
  const [m, u] = trained(level, graded);
  const column = level.tf_adjustment_column;
  if (column === undefined) {
    return `(${m}::double / ${u}::double)`;
  }
  const exact = graded.find(({ sql_condition: sql }) => sql === `"${column}_l" = "${column}_r"`);
  const [, mean] = trained(exact ?? level, graded);
  const [l, r] = [quoted(`tf_${column}_l`), quoted(`tf_${column}_r`)];
  const share = `greatest(coalesce(${l}, ${r}), coalesce(${r}, ${l}))`;
  return `(${m}::double / ${u}::double * coalesce(pow(${mean}::double / ${share}, 1.0), 1.0))`;
}

/** With the values that Splink gives a level it never trained, written out for the sizes there are. */
function trained(level: SplinkLevel, graded: readonly SplinkLevel[]): readonly [number, number] {
  const gamma = graded.length - 1 - graded.indexOf(level);
  const spaced = Array.from(
    { length: graded.length - 1 },
    (_, index) => -5 + (8 * index) / Math.max(1, graded.length - 2),
  );
  const weight = [...spaced, 10][gamma] ?? 0;
  const m = gamma === graded.length - 1 ? 0.95 : 0.05 / (graded.length - 1);
  return [level.m_probability ?? m, level.u_probability ?? m / 2 ** weight];
}

function termColumns({ comparisons }: SplinkSettings): readonly string[] {
  const columns = comparisons.flatMap(({ comparison_levels: levels }) =>
    levels.flatMap((level) => level.tf_adjustment_column ?? []),
  );
  return [...new Set(columns)];
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
