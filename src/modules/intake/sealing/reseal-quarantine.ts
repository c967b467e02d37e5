/** What intake holds of a dataset that seals fields from now on. */
import { RefusedError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type Dataset, hasSealedFields } from "../../contracts/index.ts";
import type { Protection } from "../../protection/index.ts";
import {
  clearOriginals,
  rewriteQuarantine,
  stagedIntakes,
  writeSealedOriginals,
} from "../store/quarantine.ts";
import { sealOriginals } from "./originals.ts";

/**
 * Seals the originals in quarantine of datasets that have sealed fields. Those of a dataset that has none
 * any more stay sealed: they can be read as before.
 * @throws RefusedError `intake-held` while rows of one of the datasets are staged: their columns are those
 * of the contract they came under
 */
export async function resealQuarantine(
  tx: Transaction,
  protection: Protection,
  datasets: readonly Dataset[],
): Promise<void> {
  for (const { name } of datasets) {
    const staged = await stagedIntakes(tx, name);
    if (staged.length > 0) {
      throw new RefusedError(
        "intake-held",
        `rows of ${name} are staged, and its fields cannot be sealed or opened meanwhile`,
        staged.map((intake) => ({ at: `intake ${intake}`, message: "it is received or held" })),
        { hint: "approve or discard it first: waybill intake approve, waybill intake discard" },
      );
    }
  }
  for (const dataset of datasets.filter(hasSealedFields)) {
    for await (const rows of clearOriginals(tx, dataset.name)) {
      const intakes = new Set(rows.map(({ intake }) => intake));
      for (const intake of intakes) {
        const own = rows.filter((row) => row.intake === intake);
        await writeSealedOriginals(tx, await sealOriginals(protection, { intake, rows: own }));
      }
    }
  }
  await rewriteQuarantine(tx);
}
