/** The example client `telecom`, applied to a test's database, for tests of what runs by itself. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FixedClock } from "../../kernel/index.ts";
import { applyFolder, type Client, getClient, readFolder } from "../../modules/contracts/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { definitionChecks } from "../definition-checks.ts";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

export async function applyTelecom(db: Database): Promise<Client> {
  const folder = await readFolder(join(examples, "telecom"));
  const clock = new FixedClock(new Date("2026-01-01T00:00:00Z"));
  await applyFolder(db, folder, definitionChecks(), { actor: "test", clock, allow: [] });
  return await getClient(db, "telecom");
}

/** A file of the source `billing` with as many customers as asked for, 234,000 at most. */
export function billingFile(customers: number): string {
  const rows = Array.from({ length: customers }, (_, index) => {
    const letters = String.fromCodePoint(65 + Math.floor(index / 9000));
    const id = `${1000 + (index % 9000)}-ABCD${letters}`;
    return `${id},Female,0,Yes,No,1,No,No phone service,DSL,No,Yes,No,No,No,No,Month-to-month,Yes,Electronic check,89.85,89.85,No`;
  });
  return `${HEADER}\n${rows.join("\n")}\n`;
}

const HEADER =
  "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn";
