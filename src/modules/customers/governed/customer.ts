import type { GovernedValues } from "./governed-fields.ts";

/** A customer as somebody may see it. */
export interface GovernedCustomer extends GovernedValues {
  readonly id: bigint;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
