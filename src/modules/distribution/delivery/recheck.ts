/**
 * The last look before the hand-over. Between the snapshot that a payload was staged from and the moment
 * it leaves, policies can change, an agreement can be ended and a consent withdrawn, and time passes:
 * agreements end, consents expire, conditions on the clock turn. Policies and the route's selection are
 * asked again of those whom it can concern. It has two parts, for to ask everybody takes as long as to
 * choose did, and nobody can commit a change during the second:
 *
 * - {@link fallenWithTime} asks the selection about everybody, where it looks at the clock;
 * - {@link recheck} holds the change log, so that nobody's change can commit between the look and the seal,
 *   and asks of those who have changed. What was committed before counts, as of its instant.
 */
import { isDeepStrictEqual } from "node:util";
import { assert, ConflictError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { currentContract } from "../../contracts/index.ts";
import { openSeeing } from "../../customers/index.ts";
import { canonicalJson } from "../../ledger/index.ts";
import { type Access, findRecipient, readRecipients, type Recipient } from "../../policy/index.ts";
import { customersOfAccounts } from "../../segments/index.ts";
import { IdSet } from "../disclosure/id-set.ts";
import {
  customersChangedSince,
  customersWithConsentsTurned,
  holdChangeLog,
  readEverySelected,
  readForms,
  readSelected,
  rowsChangedSince,
} from "../store/projection.ts";
import type { DeliveryDeps } from "./deps.ts";
import type { Leaving } from "./leaving.ts";
import type { DeliveryPlan } from "./plan.ts";
import { READING } from "./stage.ts";

/** What may leave is another thing by now: it has to be planned and staged anew. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** What is looked at once more. */
export interface Look {
  readonly plan: DeliveryPlan;
  readonly leaving: Leaving;
}

/** What a look finds. */
export interface Found {
  /** The instant that it is about. */
  readonly at: Date;
  /** Who has been staged and may not be sent any more. */
  readonly gone: ReadonlySet<bigint>;
  /** Who has been staged with more than the recipient may have of him now. */
  readonly lessened: ReadonlySet<bigint>;
}

/**
 * Who has been staged and is chosen no more by now, for any reason: of everybody, where the question has
 * become another one since it was asked, since the clock has moved or a segment was changed.
 * @throws NotFoundError when the segment that was chosen by is gone
 */
export async function fallenWithTime(
  deps: DeliveryDeps,
  { plan: { client, selection }, leaving }: Look,
  signal: AbortSignal | undefined,
): Promise<readonly bigint[]> {
  if (selection === undefined || selection.fixedAt !== undefined) {
    return [];
  }
  return await deps.db.scoped(
    client.scope,
    async (tx) => {
      const { catalogue } = client;
      const { sql, values } = selection;
      const asked = { ...selection.choice, catalogue, asOf: deps.clock.now() };
      const again = await deps.select(tx, asked);
      if (isDeepStrictEqual({ sql, values }, { sql: again.sql, values: again.values })) {
        return [];
      }
      const chosen = new IdSet();
      for await (const ids of readEverySelected(tx, again)) {
        ids.forEach((id) => chosen.add(id));
      }
      return leaving.outside(chosen);
    },
    { ...READING, signal },
  );
}

/**
 * Looks at those who have changed, holding the change log until the transaction ends.
 * @throws Overtaken when policies or the recipient are others now
 * @throws RefusedError when nothing may leave any more
 * @throws NotFoundError when the segment that was chosen by is gone
 * @throws ConflictError `contract-changed` when another contract was applied meanwhile
 */
export async function recheck(
  tx: Transaction,
  deps: DeliveryDeps,
  { plan, leaving }: Look,
): Promise<Found> {
  const { catalogue, key } = plan.client;
  await holdChangeLog(tx);
  const contract = await currentContract(tx);
  if (contract !== undefined && contract.sha256 !== catalogue.contractSha256) {
    throw new ConflictError(
      "contract-changed",
      "another contract was applied while the delivery was made ready: nothing has left",
      { hint: "deliver again" },
    );
  }
  const at = deps.clock.now();
  const recipient = findRecipient(await readRecipients(tx), plan.recipient.recipient);
  const { access } = await openSeeing(tx, {
    catalogue,
    recipient,
    purpose: plan.purpose,
    at,
    protection: () => deps.protect(key),
  });
  if (access.policySha256 !== plan.access.policySha256 || !isSame(recipient, plan.recipient)) {
    throw new Overtaken();
  }
  return await judge(tx, deps, { plan, leaving, at, access });
}

/** A look, and by what: the instant of the hand-over, and what the recipient may have then. */
interface Judging extends Look {
  readonly at: Date;
  readonly access: Access;
}

function isSame(one: Recipient, other: Recipient): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/**
 * Customers that are asked of in one statement. So many take 0.2 s where criteria ask for a consent, and
 * ten of them 5 ms; to choose among 200,000 without naming any takes 1.4 s.
 */
const CUSTOMERS_A_STATEMENT = 10_000;

async function judge(tx: Transaction, deps: DeliveryDeps, judging: Judging): Promise<Found> {
  const { leaving, at } = judging;
  const gone = new Set<bigint>();
  const lessened = new Set<bigint>();
  const doubtful = await findDoubtful(tx, judging);
  for (const ids of batchesOf(doubtful)) {
    for (const customer of await findUnchosen(tx, deps, { ...judging, ids })) {
      gone.add(customer);
    }
  }
  const judged = haveRulesTurned(judging)
    ? leaving.batches(CUSTOMERS_A_STATEMENT)
    : batchesOf(doubtful);
  for (const ids of judged) {
    const now = await readForms(tx, { ...judging.plan, access: judging.access }, ids);
    for (const customer of ids.filter((id) => leaving.hasMoreThan(id, now.get(id)))) {
      (now.has(customer) ? lessened : gone).add(customer);
    }
  }
  return { at, gone, lessened };
}

function* batchesOf(ids: readonly bigint[]): Generator<readonly bigint[]> {
  for (let from = 0; from < ids.length; from += CUSTOMERS_A_STATEMENT) {
    yield ids.slice(from, from + CUSTOMERS_A_STATEMENT);
  }
}

/** Whether time has turned a rule itself, which then judges everybody otherwise. */
function haveRulesTurned({ plan, access }: Judging): boolean {
  const { customers, fields } = plan;
  const names = fields.map(({ field }) => field.name);
  return access.ruleKey(customers.name, names) !== plan.access.ruleKey(customers.name, names);
}

/**
 * Who of those staged may be judged otherwise than then, or no longer be chosen: those who have changed, or
 * their account, and those with consents that have begun or expired since.
 */
async function findDoubtful(
  tx: Transaction,
  { plan, leaving, at }: Judging,
): Promise<readonly bigint[]> {
  const { client, customers, access } = plan;
  assert(access.at !== "live", () => "deliveries are of an instant");
  const isBack = at < access.at;
  const changed = await customersChangedSince(tx, customers, leaving.seen);
  const turned = await customersWithConsentsTurned(tx, customers, {
    after: isBack ? at : access.at,
    until: isBack ? access.at : at,
  });
  const ofAccounts = await customersOfChangedAccounts(tx, { client, customers, leaving });
  const doubtful = new Set([...changed, ...turned, ...ofAccounts]);
  return [...doubtful].filter((customer) => leaving.has(customer));
}

/** Whose account has changed, be it the one that they name or the one that they named. */
async function customersOfChangedAccounts(
  tx: Transaction,
  {
    client,
    customers,
    leaving,
  }: Pick<DeliveryPlan, "client" | "customers"> & Pick<Look, "leaving">,
): Promise<readonly bigint[]> {
  if (customers.account === undefined) {
    return [];
  }
  const { seen } = leaving;
  const rows = await rowsChangedSince(tx, customers.account.dataset, seen);
  const reached = await customersOfAccounts(tx, client.catalogue, { rows, after: seen });
  return reached.map(({ row }) => row);
}

type Asked = Judging & { readonly ids: readonly bigint[] };

/** Whom the selection, asked again at this instant, leaves out. */
async function findUnchosen(
  tx: Transaction,
  deps: DeliveryDeps,
  { plan: { client, selection }, at, ids }: Asked,
): Promise<readonly bigint[]> {
  if (selection === undefined) {
    return [];
  }
  const { choice, fixedAt } = selection;
  const { catalogue } = client;
  const asOf = fixedAt ?? at;
  const again = await deps.select(tx, { ...choice, catalogue, asOf, members: ids });
  const chosen = await readSelected(tx, again);
  return ids.filter((customer) => !chosen.has(customer));
}
