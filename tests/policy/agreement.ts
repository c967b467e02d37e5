/** Compares what the compiled SQL says of rows with what Cedar says, policy by policy and set by set. */
import fc from "fast-check";
import { coversKey } from "../../src/modules/contracts/index.ts";
import type { Dataset, Field } from "../../src/modules/contracts/index.ts";
import { CONSENT_CHANNELS } from "../../src/modules/criteria/index.ts";
import { GIVEN_FORMS } from "../../src/modules/policy/forms/form.ts";
import { parsePolicy } from "../../src/modules/policy/cedar/engine.ts";
import { readPolicy } from "../../src/modules/policy/cedar/policy.ts";
import type { Policy } from "../../src/modules/policy/cedar/policy.ts";
import { Deliberation, policyCondition } from "../../src/modules/policy/compile/permission.ts";
import { knownRow } from "../../src/modules/policy/compile/known-row.ts";
import type { RowTexts } from "../../src/modules/policy/compile/known-row.ts";
import { askingOf, requestFor } from "../../src/modules/policy/compile/request.ts";
import type { Request } from "../../src/modules/policy/compile/request.ts";
import { constantTruth } from "../../src/modules/policy/compile/residual.ts";
import type { Residual } from "../../src/modules/policy/compile/residual.ts";
import { residualSql } from "../../src/modules/policy/sql/residual-sql.ts";
import type { Scope, Database, SqlValue, Transaction } from "../../src/platform/postgres/index.ts";
import { createTables } from "../criteria/agreement.ts";
import { authorized, keepPolicies } from "./oracle.ts";
import type { OracleRequest } from "./oracle.ts";
import { policyArbitrary } from "./policy-arbitrary.ts";
import {
  ACCOUNTS,
  INSTANT,
  PURPOSES,
  RECIPIENTS,
  policyCatalogue,
  rowsArbitrary,
} from "./world.ts";
import type { PolicyRow } from "./world.ts";

export interface Disagreement {
  readonly policies: string | readonly string[];
  readonly row: PolicyRow;
  readonly request: string;
  readonly sql: boolean | null | undefined;
  /** What the same evaluation says in Node, with the row at hand. */
  readonly node: boolean | undefined;
  readonly cedar: boolean | undefined;
}

/** A batch: rows, permits that are judged one by one, and sets of permits and forbids. */
export interface Batch {
  readonly rows: readonly PolicyRow[];
  readonly single: readonly string[];
  readonly sets: readonly (readonly string[])[];
  readonly requests: readonly OracleRequest[];
}

const ROWS = 40;
const SINGLE = 50;

const fields = policyCatalogue.datasets.flatMap((dataset) =>
  dataset.kind === "account" ? [] : dataset.fields.map((field) => ({ dataset, field })),
);

export const batchArbitrary: fc.Arbitrary<Batch> = fc.record({
  rows: rowsArbitrary(ROWS),
  single: fc.array(policyArbitrary("permit"), { minLength: SINGLE, maxLength: SINGLE }),
  sets: fc.array(
    fc
      .tuple(
        fc.array(policyArbitrary("permit"), { minLength: 1, maxLength: 3 }),
        fc.array(policyArbitrary("forbid"), { maxLength: 2 }),
      )
      .map((all) => all.flat()),
    { minLength: 2, maxLength: 2 },
  ),
  requests: fc
    .array(
      fc.record({
        recipient: fc.constantFrom(...RECIPIENTS),
        purpose: fc.constantFrom(...PURPOSES),
        at: fc.constant(INSTANT),
        place: fc.constantFrom<{ dataset: Dataset; field: Field }>(...fields),
        form: fc.constantFrom(...GIVEN_FORMS),
      }),
      { minLength: 2, maxLength: 2 },
    )
    .map((all) => all.map(({ place, ...request }) => ({ ...request, ...place }))),
});

/** Makes the tables of the contract. */
export async function createPolicyTables(db: Database, scope: Scope): Promise<void> {
  await createTables(db, scope, policyCatalogue);
}

/** Replaces all rows. */
export async function loadRows(tx: Transaction, rows: readonly PolicyRow[]): Promise<void> {
  await tx.run("truncate accounts, customers, customers__records, tickets");
  await tx.run("delete from _consents");
  const customers = rows.map(({ id, fields: own }) => ({ _id: id, _version: 1, ...own }));
  await populate(
    tx,
    "accounts",
    ACCOUNTS.map((one, index) => ({ _id: index + 1, _version: 1, ...one })),
  );
  await populate(tx, "customers", customers);
  await populate(
    tx,
    "customers__records",
    rows.map(({ id }) => ({ _record: id, _id: id })),
  );
  await tx.run(
    `insert into _consents (record, purpose, channel, granted, stated_at, starts_at, source, recorded_at, recorded_by)
     select record, purpose, channel::_consent_channel, true, 'epoch', 'epoch', 'test', 'epoch', 'test'
       from jsonb_to_recordset($1::jsonb) as said(record bigint, purpose text, channel text)`,
    [
      JSON.stringify(
        rows.flatMap(({ id, consents }) => consents.map((one) => ({ record: id, ...one }))),
      ),
    ],
  );
}

async function populate(tx: Transaction, table: string, rows: readonly object[]): Promise<void> {
  await tx.run(
    `insert into ${table} select r.* from jsonb_populate_recordset(null::${table}, $1::jsonb) r`,
    [JSON.stringify(rows)],
  );
}

/** Collects values as `$n::type`. */
export class Collected {
  readonly values: SqlValue[] = [];

  add(value: SqlValue, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/**
 * Judges a batch both ways.
 * @returns how many decisions were compared, and those that differ
 */
export async function compareBatch(
  tx: Transaction,
  batch: Batch,
): Promise<{ readonly decisions: number; readonly disagreements: readonly Disagreement[] }> {
  await loadRows(tx, batch.rows);
  const rows = batch.rows.map(covered);
  const single = batch.single.map(policyOf);
  const sets = batch.sets.map((set) => set.map(policyOf));
  const disagreements: Disagreement[] = [];
  let decisions = 0;
  keepPolicies(
    "single",
    Object.fromEntries(batch.single.map((text, index) => [`p${index}`, text])),
  );
  for (const [index, set] of batch.sets.entries()) {
    keepPolicies(`set${index}`, Object.fromEntries(set.map((text, at) => [`p${at}`, text])));
  }
  for (const request of batch.requests) {
    const asking = askingOf(policyCatalogue, request);
    const known = requestFor(asking, request.dataset, request);
    const conditions = [
      ...single.map((policy) => policyCondition(policy, known)),
      ...sets.map((set) => new Deliberation(set, asking).decide(known).permitted),
    ];
    const answers = await ask(tx, conditions);
    for (const row of rows) {
      const inSql = answers.get(row.id) ?? [];
      const inNode = requestAbout(row, request);
      const { reasons } = authorized("single", request, row);
      const cedar = [
        ...single.map((_, index) => reasons.has(`p${index}`)),
        ...sets.map((_, index) => authorized(`set${index}`, request, row).isAllowed),
      ];
      decisions += cedar.length;
      const node = [
        ...single.map((policy) => constantTruth(policyCondition(policy, inNode))),
        ...sets.map((set) => constantTruth(new Deliberation(set, inNode).decide(inNode).permitted)),
      ];
      const differing = [...cedar.keys()].filter(
        (index) => inSql[index] !== cedar[index] || node[index] !== cedar[index],
      );
      disagreements.push(
        ...differing.map((index) => ({
          policies: [batch.single, ...batch.sets.map((set) => [set])].flat()[index] ?? [],
          row,
          request: describe(request),
          sql: inSql[index],
          node: node[index],
          cedar: cedar[index],
        })),
      );
    }
  }
  return { decisions, disagreements };
}

/** The request about a row that is at hand. */
function requestAbout({ fields: customer, consents }: PolicyRow, request: OracleRequest): Request {
  const account = ACCOUNTS.find(({ account_no }) => account_no === customer["account_no"]) ?? {};
  const row = knownRow(policyCatalogue, {
    customer: textsOf(customer),
    account: textsOf(account),
    consents: (channel, purpose) =>
      consents.some((one) => one.channel === channel && one.purpose === purpose),
  });
  return requestFor(askingOf(policyCatalogue, { ...request, row }), request.dataset, request);
}

/** A row's values in their text forms. */
export function textsOf(values: PolicyRow["fields"]): RowTexts {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value === null || typeof value === "object" ? value : String(value),
    ]),
  );
}

function describe({ recipient, purpose, dataset, field, form }: OracleRequest): string {
  return `${recipient.recipient} ${purpose} ${dataset.name}.${field.name} ${form}`;
}

/** What each condition is for each customer. */
async function ask(
  tx: Transaction,
  conditions: readonly Residual[],
): Promise<ReadonlyMap<number, readonly (boolean | null)[]>> {
  const parameters = new Collected();
  const target = {
    dataset: "customers",
    row: "c",
    customer: "c",
    catalogue: policyCatalogue,
    now: INSTANT,
    parameters,
  };
  const columns = conditions.map((condition) => residualSql(condition, target));
  const found = await tx.rows<{ id: bigint; truths: (boolean | null)[] }>(
    `select c._id as id, array[${columns.join(",\n")}]::boolean[] as truths from customers c`,
    parameters.values,
  );
  return new Map(found.map(({ id, truths }) => [Number(id), truths]));
}

/** Every statement here is a grant for ever: a purpose is consented to where it or one above it was granted. */
function covered({ consents, ...row }: PolicyRow): PolicyRow {
  const all = CONSENT_CHANNELS.flatMap((channel) =>
    ["marketing", ...PURPOSES].map((purpose) => ({ channel, purpose })),
  );
  return {
    ...row,
    consents: all.filter(({ channel, purpose }) =>
      consents.some(
        (granted) =>
          (granted.channel === channel || granted.channel === "any") &&
          coversKey(granted.purpose, purpose),
      ),
    ),
  };
}

/** A policy from its text, as the product reads it, but without Cedar's validator: errors stay in. */
export function policyOf(text: string): Policy {
  const json = parsePolicy(text);
  if (!json.ok) {
    throw new Error(`${json.error.map(({ message }) => message).join("; ")}: ${text}`);
  }
  return readPolicy(json.value, { id: text, text, line: undefined });
}
