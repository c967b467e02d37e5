import type { Client } from "../../modules/contracts/index.ts";
import { followClient } from "../../modules/segments/index.ts";
import type { Context } from "../context.ts";
import { problemText } from "../problem-text.ts";
import type { Invocation } from "./invocation.ts";

/**
 * Lets memberships follow what a command has changed, also where no server runs. It never throws: what
 * the command did stands, and who asks about a segment next brings them up to date before the answer.
 */
export async function followAfter(
  { output, signal }: Pick<Invocation, "output" | "signal">,
  { db, clock }: Pick<Context, "db" | "clock">,
  { scope, catalogue }: Client,
): Promise<void> {
  try {
    await followClient({ db, scope, catalogue }, { clock, signal });
  } catch (error) {
    output.note(`memberships of segments have not followed: ${problemText(error)}`);
  }
}
