/** What customers agreed to, and that taking it back is enough. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Client } from "../../modules/contracts/index.ts";
import { importConsents, stateConsent } from "../../modules/customers/index.ts";
import { deliver } from "../../modules/distribution/index.ts";
import { followClient, segmentMembers } from "../../modules/segments/index.ts";
import { renderFacts } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { deliveryDeps } from "../delivering.ts";
import { openSubjects } from "../ledgers.ts";
import type { Story } from "./story.ts";

const NEWSLETTER = "marketing.communications.email";
const ROUTE = "newsletter";
const WILLING = "willing-readers";

interface Telling {
  readonly freight: Client;
  readonly signal: AbortSignal;
}

export async function tellConsents(
  story: Story,
  context: Context,
  { freight, signal }: Telling,
): Promise<void> {
  story.chapter("What was agreed to, and taken back");
  const { db, clock, actor } = context;
  const { scope, catalogue, key } = freight;
  const subjects = openSubjects(context, key);
  const taken = await importConsents({
    db,
    scope,
    catalogue,
    subjects,
    actor,
    now: () => clock.now(),
    bytes: createReadStream(join(context.dataDir, "demo", key, "consents.csv")),
    blindIndex: async (place, text) => (await context.protect(key)).blindIndex(place, text),
    signal,
  });
  story.say(
    `The freight company's people have said to which purposes they may be written to: ${taken.recorded.toLocaleString("en-US")} statements, each with its time, its source and what shows it. The newsletter's route sends it to everybody who once asked for it; the policy lets only those through who agree to it today. One of them withdraws:`,
  );
  const subject = { db, scope, catalogue };
  await followClient(subject, { clock, signal });
  const before = await sent(context, freight, signal);
  const { members } = await segmentMembers(subject, {
    segment: WILLING,
    asOf: clock.now(),
    limit: 1,
  });
  const [customer] = members;
  if (customer === undefined) {
    return;
  }
  const at = clock.now();
  const statement = {
    purpose: NEWSLETTER,
    channel: "any",
    granted: false,
    statedAt: at,
    startsAt: at,
    expiresAt: undefined,
    source: "call",
    proof: "recording of the demo",
    proofSha256: undefined,
  } as const;
  await db.scoped(scope, (tx) =>
    stateConsent(tx, customer, { catalogue, at, actor, subjects, statement }),
  );
  await followClient(subject, { clock, signal });
  story.show(
    renderFacts([
      [`who would be sent ${ROUTE} before`, before],
      [`and after customer ${customer} has withdrawn`, await sent(context, freight, signal)],
    ]),
  );
}

async function sent(context: Context, client: Client, signal: AbortSignal): Promise<number> {
  const deps = await deliveryDeps(context);
  const { actor } = context;
  const report = await deliver(deps, { client, route: ROUTE, actor, signal, dryRun: true });
  return report.records;
}
