import { type Issue, RefusedError } from "../../../kernel/index.ts";
import type { Seeing } from "./seeing.ts";

/**
 * Refuses a question whose answer would tell something of fields that whoever asks may not see in clear on
 * every row: who is above a limit tells the number, bit by bit, whatever form the number is shown in.
 * @param fields those that the condition, the order or the segment looks at
 * @throws RefusedError `fields-not-clear` with each of them
 */
export function refuseUnclear(
  { access }: Seeing,
  fields: readonly { readonly dataset: string; readonly field: string }[],
): void {
  const { recipient } = access.recipient;
  const unclear = fields.filter(({ dataset, field }) => !access.isClear(dataset, field));
  const names = [...new Set(unclear.map(({ dataset, field }) => `${dataset}.${field}`))];
  if (names.length === 0) {
    return;
  }
  throw new RefusedError(
    "fields-not-clear",
    `the answer would tell ${recipient} more than it may see for ${access.purpose}`,
    names.map((at): Issue => ({ at, message: "may not be seen in clear of everybody" })),
    { hint: "ask by other fields, or as another recipient" },
  );
}
