import type { Transaction } from "../../../platform/postgres/index.ts";

/** Keeps the server from taking a transaction for abandoned that waits for work done elsewhere. */
export async function saySomething(tx: Transaction): Promise<void> {
  await tx.run("select 1");
}
