/**
 * The last look before the hand-over. Between the snapshot that a payload was staged from and the moment
 * it leaves, policies can change, an agreement can be ended and a consent withdrawn. What was committed
 * before this transaction counts: it holds the change log, so that nobody's change can commit between the
 * look and the seal.
 */
import { ConflictError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { currentContract } from "../../contracts/index.ts";
import { openSeeing } from "../../customers/index.ts";
import { canonicalJson } from "../../ledger/index.ts";
import { findRecipient, readRecipients, type Recipient } from "../../policy/index.ts";
import { customersChangedSince, holdChangeLog, readForms } from "../store/projection.ts";
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
  { plan, leaving }: { readonly plan: DeliveryPlan; readonly leaving: Leaving },
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
  const isSameRule =
    access.policySha256 === plan.access.policySha256 && isSame(recipient, plan.recipient);
  if (!isSameRule || (await saysMore(tx, { ...plan, access }, leaving))) {
    throw new Overtaken();
  }
}

function isSame(one: Recipient, other: Recipient): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

async function saysMore(
  tx: Transaction,
  plan: Pick<DeliveryPlan, "customers" | "fields" | "access">,
  leaving: Leaving,
): Promise<boolean> {
  const changed = await customersChangedSince(tx, plan.customers, leaving.seen);
  const now = changed.length === 0 ? new Map<bigint, string>() : await readForms(tx, plan, changed);
  return changed.some((customer) => leaving.hasMoreThan(customer, now.get(customer)));
}
