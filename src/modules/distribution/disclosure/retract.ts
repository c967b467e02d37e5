/** What was entered into the index before a delivery left, and did not leave after all. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { decodeIds, encodeIds } from "../../segments/index.ts";
import { cutDisclosure, cutPart, deleteDisclosure, partsOfDelivery } from "../store/disclosures.ts";
import { IdSet } from "./id-set.ts";

/**
 * Keeps of a delivery's disclosure its first records only; they leave in the order of their ids.
 * @param records how many may have left
 */
export async function retractUnsent(
  tx: Transaction,
  delivery: bigint,
  records: number,
): Promise<void> {
  if (records === 0) {
    await deleteDisclosure(tx, delivery);
    return;
  }
  const parts = await partsOfDelivery(tx, delivery);
  const everyone = new IdSet();
  parts.forEach(({ packed }) => decodeIds(packed).forEach((id) => everyone.add(id)));
  const last = everyone.after(0n, records).at(-1);
  if (last === undefined || records >= everyone.size) {
    return;
  }
  await cutDisclosure(tx, delivery, { last, customers: records });
  for (const { disclosure, part, packed } of parts) {
    const ids = decodeIds(packed);
    const sent = ids.filter((id) => id <= last);
    const [first] = sent;
    if (first !== undefined && sent.length < ids.length) {
      const kept = { first, last: sent.at(-1) ?? first, customers: encodeIds(sent) };
      await cutPart(tx, { disclosure, part }, kept);
    }
  }
}
