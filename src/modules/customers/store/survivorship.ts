/**
 * Which source record's value a golden field takes, as SQL. The golden row is a pure function of the
 * source records and the precedence of their sources, so it can be recomputed at any time, and the
 * record that a field's value comes from is computed when somebody asks instead of being stored with
 * every field of every customer.
 *
 * Every rule ends in the same total order (newest statement, most trusted source, highest record id),
 * so that ties never depend on the plan.
 */
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { Dataset, Field } from "../../contracts/index.ts";
import { comparable, recordsTable } from "../../contracts/index.ts";
import { unreachable } from "../../../kernel/index.ts";

const NEWEST = "r._stated_at desc, s.precedence desc, r._record desc";
const MOST_TRUSTED = "s.precedence desc, r._stated_at desc, r._record desc";

/** The order that puts the surviving record of a field first, over `r` (records) and `s` (sources). */
function survivalOrder(field: Field, dataset: Dataset): string {
  switch (field.survivorship) {
    case "most-recent":
      return NEWEST;
    case "most-trusted":
      return MOST_TRUSTED;
    case "most-complete":
      return `num_nonnulls(${dataset.fields.map((each) => column(each)).join(", ")}) desc, ${NEWEST}`;
    case "longest":
      return `length(${column(field)}::text) desc, ${NEWEST}`;
    case "majority":
      return `${votes(field)} desc, ${NEWEST}`;
    default:
      return unreachable(field.survivorship);
  }
}

/** How many of the golden row's records agree on the field's value. Contract names cannot begin with `_`. */
function votes(field: Field): string {
  return quoteIdent(`_n_${field.name}`);
}

function column(field: Field): string {
  return `r.${quoteIdent(field.name)}`;
}

/** Records and their sources; a count of equal values beside every field that the majority decides. */
function recordsFrom(dataset: Dataset, ids: string): string {
  const counts = dataset.fields
    .filter((field) => field.survivorship === "majority")
    .map(
      (field) =>
        `, count(*) over (partition by r._id, ${comparable(field, "r")}) as ${votes(field)}`,
    );
  const records = quoteIdent(recordsTable(dataset));
  if (counts.length === 0) {
    return `${records} r join _sources s on s.source = r._source where r._id in (${ids})`;
  }
  const fields = dataset.fields.map(column).join(", ");
  return `(select r._record, r._id, r._source, r._stated_at, ${fields}${counts.join("")}
             from ${records} r where r._id in (${ids})) r
          join _sources s on s.source = r._source where true`;
}

/**
 * The record that each field survives from: per golden row `_id`, one column per field holding
 * `_record`, null where no record has a value.
 * @param ids a subquery or a parameter list that yields golden ids
 */
export function survivingRecordsQuery(dataset: Dataset, ids: string): string {
  const columns = dataset.fields.map(
    (field) =>
      `(array_agg(r._record order by ${survivalOrder(field, dataset)})
          filter (where ${column(field)} is not null))[1] as ${quoteIdent(field.name)}`,
  );
  return `select r._id, ${columns.join(", ")} from ${recordsFrom(dataset, ids)} group by r._id`;
}

/**
 * The golden rows of `ids`: `_id` and every field.
 * Lists are aggregated inside a composite, because `array_agg` of arrays of different lengths fails.
 */
export function goldenRowsQuery(dataset: Dataset, ids: string): string {
  const columns = dataset.fields.map((field) => {
    const order = survivalOrder(field, dataset);
    const filter = `filter (where ${column(field)} is not null)`;
    const name = quoteIdent(field.name);
    if (field.type.kind === "text-list" && field.sealed !== true) {
      const json = `(array_agg(to_jsonb(${column(field)}) order by ${order}) ${filter})[1]`;
      return `case when count(${column(field)}) > 0 then array(
                select item from jsonb_array_elements_text(${json}) with ordinality as list (item, place) order by place
              ) end as ${name}`;
    }
    return `(array_agg(${column(field)} order by ${order}) ${filter})[1] as ${name}`;
  });
  return `select r._id, ${columns.join(", ")} from ${recordsFrom(dataset, ids)} group by r._id`;
}
