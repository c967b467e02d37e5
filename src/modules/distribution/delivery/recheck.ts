/**
 * The last look before the hand-over. Between the snapshot that a payload was staged from and the moment
 * it leaves, policies can change, an agreement can be ended and a consent withdrawn, and time passes:
 * agreements end, consents expire, conditions on the clock turn. What was committed before this transaction
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
  const recipient = findRecipient(await readRecipients(tx), plan.recipient.recipient);
  const { access } = await openSeeing(tx, {
    catalogue,
    recipient,
    purpose: plan.purpose,
    at: deps.clock.now(),
    protection: () => deps.protect(key),
  });
  const isSamePolicy =
    access.policySha256 === plan.access.policySha256 && isSame(recipient, plan.recipient);
  if (!isSamePolicy || (await saysMore(tx, { plan, leaving }, access))) {
    throw new Overtaken();
  }
}

/** What is looked at once more. */
interface Look {
  readonly plan: DeliveryPlan;
  readonly leaving: Leaving;
}

function isSame(one: Recipient, other: Recipient): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** Whether somebody has been staged with more than the access gives now. */
async function saysMore(
  tx: Transaction,
  { plan, leaving }: Look,
  access: Access,
): Promise<boolean> {
  for (const ids of await doubtful(tx, { plan, leaving }, access)) {
    const now = await readForms(tx, { ...plan, access }, ids);
    if (ids.some((customer) => leaving.hasMoreThan(customer, now.get(customer)))) {
      return true;
    }
  }
  return false;
}

/** Customers that are asked of in one statement where everybody is. */
const CUSTOMERS_A_STATEMENT = 10_000;

/**
 * Who may be judged otherwise than when they were staged: those who have changed, and those with consents
 * that have begun or expired since; everybody where time has turned a rule itself.
 */
async function doubtful(
  tx: Transaction,
  { plan: { customers, fields, access: before }, leaving }: Look,
  access: Access,
): Promise<Iterable<readonly bigint[]>> {
  const names = fields.map(({ field }) => field.name);
  if (access.ruleKey(customers.name, names) !== before.ruleKey(customers.name, names)) {
    return leaving.batches(CUSTOMERS_A_STATEMENT);
  }
  assert(before.at !== "live" && access.at !== "live", () => "deliveries are of an instant");
  const isBack = access.at < before.at;
  const changed = await customersChangedSince(tx, customers, leaving.seen);
  const turned = await customersWithConsentsTurned(tx, customers, {
    after: isBack ? access.at : before.at,
    until: isBack ? before.at : access.at,
  });
  const doubted = [...new Set([...changed, ...turned])];
  return doubted.length === 0 ? [] : [doubted];
}
