/**
 * From what is staged to what is sealed. The last look may find people who may not be sent any more: they
 * are taken out of what is ready, which is then looked at again. Where customers change without pause this
 * would have no end, so the last look holds the change log until all is sealed: whoever changes a customer
 * waits with the commit for as long as the payload takes to be written again: of a million records of ten
 * fields 9 s of processor time as CSV and 15 s as JSON Lines, in two threads.
 */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { SealedWaybill } from "../waybill/seal.ts";
import type { DeliveryDeps } from "./deps.ts";
import { fallenWithTime, Overtaken, recheck } from "./recheck.ts";
import { type Staged, stageWithout, type StageRequest } from "./stage.ts";

/** How often is looked; the last time, the change log is held until the end. */
const MOST_LOOKS = 3;

/** What is ready, and how it is sealed. */
export interface Settling {
  readonly request: StageRequest;
  readonly staged: Staged;
  /** Whether it may be planned anew, where somebody may be had in less telling forms than he was staged. */
  readonly mayStartAnew: boolean;
  /** Writes down what is about to leave, in the transaction of the look. @param at its instant */
  readonly seal: (tx: Transaction, staged: Staged, at: Date) => Promise<SealedWaybill>;
}

/** What is about to leave. */
export interface Settled {
  readonly staged: Staged;
  readonly sealed: SealedWaybill;
}

/**
 * Seals what may leave of what is staged.
 * @throws Overtaken when it should be planned and staged anew
 * @throws RefusedError, NotFoundError, ConflictError as {@link recheck} does, when nothing may leave
 */
export async function settle(deps: DeliveryDeps, settling: Settling): Promise<Settled> {
  let { staged } = settling;
  for (let look = 1; ; look += 1) {
    const { settled, out } = await lookAgain(deps, {
      ...settling,
      staged,
      isLast: look === MOST_LOOKS,
    });
    if (settled !== undefined) {
      return settled;
    }
    staged = await stageWithout(settling.request, staged, out);
  }
}

/** Looks once, and seals unless somebody has to be taken out; the last time, takes them out and seals. */
async function lookAgain(
  deps: DeliveryDeps,
  { request, staged, mayStartAnew, seal, isLast }: Settling & { readonly isLast: boolean },
): Promise<{ readonly settled?: Settled; readonly out: ReadonlySet<bigint> }> {
  const { plan, signal } = request;
  const look = { plan, leaving: staged.leaving };
  const fallen = await fallenWithTime(deps, look, signal);
  return await deps.db.scoped(plan.client.scope, async (tx) => {
    const { at, gone, lessened } = await recheck(tx, deps, look);
    if (lessened.size > 0 && mayStartAnew) {
      throw new Overtaken();
    }
    const out = new Set([...fallen, ...gone, ...lessened]);
    if (out.size > 0 && !isLast) {
      return { out };
    }
    const left = out.size === 0 ? staged : await stageWithout(request, staged, out);
    return { out, settled: { staged: left, sealed: await seal(tx, left, at) } };
  });
}
