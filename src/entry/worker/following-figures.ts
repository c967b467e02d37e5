import type { Metrics } from "../../platform/http/index.ts";
import type { Batch, Reconciliation } from "../../modules/segments/index.ts";

/** What following says of itself in the metrics, by client. */
export class FollowingFigures {
  readonly #behind;
  readonly #lag;
  readonly #batches;
  readonly #evaluated;
  readonly #moved;
  readonly #parked;
  readonly #late;
  readonly #compared;
  readonly #different;

  constructor(metrics: Metrics) {
    const labels = ["client"] as const;
    this.#behind = metrics.gauge({
      name: "waybill_following_behind_changes",
      help: "Changes that memberships have not followed yet",
      labels,
    });
    this.#lag = metrics.gauge({
      name: "waybill_following_behind_seconds",
      help: "Seconds since memberships had followed everything",
      labels,
    });
    this.#batches = metrics.histogram({
      name: "waybill_following_batch_seconds",
      help: "Duration of the batches in which memberships follow",
      labels,
    });
    this.#evaluated = metrics.counter({
      name: "waybill_following_members_total",
      help: "Members that were evaluated",
      labels,
    });
    this.#moved = metrics.counter({
      name: "waybill_memberships_total",
      help: "Entries into segments and exits from them",
      labels: ["client", "kind"],
    });
    this.#parked = metrics.counter({
      name: "waybill_following_parked_total",
      help: "Times that a member was set aside, since evaluating it failed",
      labels,
    });
    this.#late = metrics.histogram({
      name: "waybill_following_late_seconds",
      help: "By how much the latest member of a batch was evaluated after it was due",
      labels,
    });
    this.#compared = metrics.counter({
      name: "waybill_reconciled_members_total",
      help: "Members whose stored memberships were compared with a full evaluation",
      labels,
    });
    this.#different = metrics.counter({
      name: "waybill_reconciled_different_total",
      help: "Stored memberships that were found to be wrong, and put right",
      labels,
    });
  }

  batch(client: string, batch: Batch, seconds: number): void {
    this.#behind.set({ client }, Number(batch.behind));
    this.#evaluated.inc({ client }, batch.members);
    this.#moved.inc({ client, kind: "entered" }, batch.entered);
    this.#moved.inc({ client, kind: "left" }, batch.left);
    this.#parked.inc({ client }, batch.parked);
    if (batch.members > 0) {
      this.#batches.observe({ client }, seconds);
      this.#late.observe({ client }, batch.lateMs / 1_000);
    }
  }

  behindFor(client: string, seconds: number): void {
    this.#lag.set({ client }, seconds);
  }

  reconciled(client: string, { compared, different }: Reconciliation): void {
    this.#compared.inc({ client }, Number(compared));
    this.#different.inc({ client }, Number(different));
  }
}
