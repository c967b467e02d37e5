/** The example clients' own definitions on the published files they were made for. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { referenceData } from "../../../tests/support/reference-data.ts";
import { must } from "../../kernel/index.ts";
import { findDataset, readFolder } from "../contracts/index.ts";
import { definePrepare, prepare } from "./prepare.ts";
import type { PrepareSummary } from "./prepare.ts";
import { parseSource } from "./source-definition.ts";

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));

async function summaryOf(client: string, source: string, file: string): Promise<PrepareSummary> {
  const { catalogue, definitions } = await readFolder(join(examples, client));
  const definition = definitions.find(({ kind, name }) => kind === "source" && name === source);
  const parsed = parseSource(must(definition, "the example has this source").body, source);
  const dataset = must(findDataset(catalogue, parsed.dataset), "the contract has this dataset");
  const preparation = prepare(
    createReadStream(file),
    definePrepare({ source: parsed, dataset, catalogue }),
  );
  for await (const batch of preparation) {
    expect(batch.rejected).toEqual([]);
  }
  return preparation.summary();
}

const files = [
  { client: "telecom", source: "billing", path: "telco/Telco-Customer-Churn.csv", rows: 7043 },
  { client: "retail", source: "shop", path: "cdnow/CDNOW_master.txt", rows: 69_659 },
  { client: "health", source: "patients", path: "synthea/patients.csv", rows: 543 },
  { client: "health", source: "conditions", path: "synthea/conditions.csv", rows: 18_819 },
  { client: "health", source: "medications", path: "synthea/medications.csv", rows: 17_225 },
  { client: "health", source: "immunizations", path: "synthea/immunizations.csv", rows: 7487 },
  { client: "health", source: "careplans", path: "synthea/careplans.csv", rows: 2427 },
];
const SUMS = new Map([
  ["billing", { monthly_charges: "456116.60" }],
  ["shop", { amount: "2500315.63" }],
]);

for (const { client, source, path, rows } of files) {
  test(`every row of the published ${path} is accepted`, async (context) => {
    const file = referenceData(`customers/${path}`);
    context.skip(file === undefined, `reference data customers/${path} is not at hand`);

    const summary = await summaryOf(client, source, must(file, "the test is skipped without it"));

    expect([summary.read, summary.accepted, summary.unmapped]).toEqual([rows, rows, []]);
    expect(Object.fromEntries(summary.sums)).toMatchObject(SUMS.get(source) ?? {});
  });
}
