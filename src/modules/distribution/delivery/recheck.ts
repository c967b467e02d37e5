/**
 * The last look before the hand-over. Between the snapshot that a payload was staged from and the moment
 * it leaves, policies can change, an agreement can be ended and a consent withdrawn, and time passes:
 * agreements end, consents expire, conditions on the clock turn. Policies and the route's selection are
 * asked again of those whom it can concern. What was committed before this transaction
 * counts, as of its instant: it holds the change log, so that nobody's change can commit between the look
 * and the seal.
 */
import { assert, ConflictError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { currentContract } from "../../contracts/index.ts";
import { openSeeing } from "../../customers/index.ts";
import { canonicalJson } from "../../ledger/index.ts";
import { type Access, findRecipient, readRecipients, type Recipient } from "../../policy/index.ts";
import {
  customersChangedSince,
  customersWithConsentsTurned,
  holdChangeLog,
  readForms,
  readSelected,
} from "../store/projection.ts";
import type { DeliveryDeps } from "./deps.ts";
import type { Leaving } from "./leaving.ts";
import type { DeliveryPlan } from "./plan.ts";

/** What was staged says more than its recipient may have by now: it has to be staged anew. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/**
 * @throws Overtaken when what was staged must not leave as it is
 * @throws RefusedError when nothing may leave any more
 * @throws NotFoundError when the segment that was chosen by is gone
 * @throws ConflictError `contract-changed` when another contract was applied meanwhile
 */
export async function recheck(
  tx: Transaction,
  deps: DeliveryDeps,
  { plan, leaving }: Look,
): Promise<void> {
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
  const isSamePolicy =
    access.policySha256 === plan.access.policySha256 && isSame(recipient, plan.recipient);
  if (!isSamePolicy || (await saysTooMuch(tx, deps, { plan, leaving, at, access }))) {
    throw new Overtaken();
  }
}

/** What is looked at once more. */
interface Look {
  readonly plan: DeliveryPlan;
  readonly leaving: Leaving;
}

/** The same, and by what: the instant of the hand-over, and what the recipient may have then. */
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

/** Whether somebody has been staged who is chosen no more, or with more than the recipient may have now. */
async function saysTooMuch(
  tx: Transaction,
  deps: DeliveryDeps,
  judging: Judging,
): Promise<boolean> {
  const doubtful = await findDoubtful(tx, judging);
  for (const ids of batchesOf(doubtful)) {
    if (await isSomebodyUnchosen(tx, deps, { ...judging, ids })) {
      return true;
    }
  }
  const judged = haveRulesTurned(judging)
    ? judging.leaving.batches(CUSTOMERS_A_STATEMENT)
    : batchesOf(doubtful);
  for (const ids of judged) {
    if (await saysMore(tx, { ...judging, ids })) {
      return true;
    }
  }
  return false;
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
 * Who of those staged may be judged otherwise than then, or no longer be chosen: those who have changed,
 * and those with consents that have begun or expired since.
 */
async function findDoubtful(
  tx: Transaction,
  { plan, leaving, at }: Judging,
): Promise<readonly bigint[]> {
  const { customers, access } = plan;
  assert(access.at !== "live", () => "deliveries are of an instant");
  const isBack = at < access.at;
  const changed = await customersChangedSince(tx, customers, leaving.seen);
  const turned = await customersWithConsentsTurned(tx, customers, {
    after: isBack ? at : access.at,
    until: isBack ? access.at : at,
  });
  return [...new Set([...changed, ...turned])].filter((customer) => leaving.has(customer));
}

type Asked = Judging & { readonly ids: readonly bigint[] };

/** Whether the selection, asked again at this instant, leaves somebody out. */
async function isSomebodyUnchosen(
  tx: Transaction,
  deps: DeliveryDeps,
  { plan: { client, selection }, at, ids }: Asked,
): Promise<boolean> {
  if (selection === undefined) {
    return false;
  }
  const { choice, fixedAt } = selection;
  const { catalogue } = client;
  const asOf = fixedAt ?? at;
  const again = await deps.select(tx, { ...choice, catalogue, asOf, members: ids });
  const chosen = await readSelected(tx, again);
  return ids.some((customer) => !chosen.has(customer));
}

/** Whether somebody has been staged with more than the access gives now. */
async function saysMore(tx: Transaction, { plan, leaving, access, ids }: Asked): Promise<boolean> {
  const now = await readForms(tx, { ...plan, access }, ids);
  return ids.some((customer) => leaving.hasMoreThan(customer, now.get(customer)));
}
