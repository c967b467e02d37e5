/** One customer with everything that conditions can ask of it, for explanations. */
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { DATA_USES, customerDataset, recordsTable } from "../../contracts/index.ts";
import type { Catalogue, Dataset } from "../../contracts/index.ts";
import { CONSENT_CHANNELS, hasConsentSql } from "../../criteria/index.ts";
import { attributeType } from "../cedar/attributes.ts";
import type { RowAtHand, RowTexts } from "../compile/known-row.ts";
import { accountLink } from "../sql/account-link.ts";
import { clearTextSql } from "../sql/reduction-sql.ts";

/**
 * Reads a customer for {@link explainField}. Its values stay in the program: an explanation names
 * conditions and never a value.
 * @returns undefined when there is no such customer
 */
export async function rowAtHand(
  tx: Transaction,
  catalogue: Catalogue,
  { customer, at }: { readonly customer: bigint; readonly at: Date },
): Promise<RowAtHand | undefined> {
  const dataset = customerDataset(catalogue);
  const found =
    dataset === undefined
      ? undefined
      : await tx.optionalRow<Record<string, string | string[] | null>>(
          `select ${columnsOf(dataset)} from ${quoteIdent(dataset.name)} r where r._id = $1`,
          [customer],
        );
  if (dataset === undefined || found === undefined) {
    return undefined;
  }
  const consents = await consentsOf(tx, dataset, { customer, at });
  return {
    customer: found,
    account: await accountOf(tx, catalogue, { customer }),
    consents: (channel, purpose) => consents.has(`${channel} ${purpose}`),
  };
}

/** What conditions can ask, in text forms; `null` keeps a dataset without such fields readable. */
function columnsOf({ fields }: Dataset): string {
  const columns = fields
    .filter((field) => attributeType(field) !== undefined)
    .map(
      ({ name, type }) => `${clearTextSql(`r.${quoteIdent(name)}`, type)} as ${quoteIdent(name)}`,
    );
  return columns.length === 0 ? "null" : columns.join(", ");
}

async function accountOf(
  tx: Transaction,
  catalogue: Catalogue,
  { customer }: { readonly customer: bigint },
): Promise<RowTexts> {
  const link = accountLink(catalogue);
  const customers = customerDataset(catalogue);
  if (link === undefined || customers === undefined) {
    return {};
  }
  const found = await tx.optionalRow<Record<string, string | string[] | null>>(
    `select ${columnsOf(link.accounts)}
       from ${quoteIdent(customers.name)} c
            join ${quoteIdent(link.accounts.name)} r on ${link.matches({ customer: "c", account: "r" })}
      where c._id = $1
      order by r._id
      limit 1`,
    [customer],
  );
  return found ?? {};
}

/** Every purpose that the customer consents to, as `channel purpose`. */
async function consentsOf(
  tx: Transaction,
  customers: Dataset,
  { customer, at }: { readonly customer: bigint; readonly at: Date },
): Promise<ReadonlySet<string>> {
  const holds = hasConsentSql({
    records: quoteIdent(recordsTable(customers)),
    customer: "$1::bigint",
    purpose: "asked.purpose",
    channel: "by.channel",
    at: "$2::timestamptz",
  });
  const found = await tx.rows<{ channel: string; purpose: string }>(
    `select by.channel, asked.purpose
       from unnest($3::text[]) as by(channel) cross join unnest($4::text[]) as asked(purpose)
      where ${holds}`,
    [customer, at, [...CONSENT_CHANNELS], [...DATA_USES]],
  );
  return new Set(found.map(({ channel, purpose }) => `${channel} ${purpose}`));
}
