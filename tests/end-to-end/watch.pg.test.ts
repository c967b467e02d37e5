/** `segment watch` as scripts rely on it: nothing is told twice, nothing is missed, Ctrl-C ends it well. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { testDatabase } from "../support/database.ts";
import { type Ended, examples, runWaybill, startWaybill } from "./waybill-process.ts";

const told = z.object({
  change: z.number(),
  kind: z.enum(["entered", "left", "switched"]),
  segment: z.string(),
  cause: z.string().nullable(),
});

function toldBy({ stdout }: Ended): z.infer<typeof told>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => told.parse(JSON.parse(line)));
}

const TICKET_HEAD =
  "ticket_id,contact_id,opened_at,first_response_at,closed_at,priority,topic,channel,satisfaction";

test("entries and exits are told as they happen, and a watch that was ended goes on where it was", async () => {
  await using database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "waybill-watch-"));
  const options = { data: join(folder, "data"), database: database.url };
  const run = (...args: readonly string[]) => runWaybill(args, options);
  const ticket = async (answered: string): Promise<Ended> => {
    const opened = new Date(Date.now() - 60_000).toISOString();
    const row = `T-1,K-1,${opened},${answered},,urgent,delay,portal,`;
    await writeFile(join(folder, "tickets.csv"), `${TICKET_HEAD}\n${row}\n`);
    return await run("import", "freight", "tickets", join(folder, "tickets.csv"));
  };
  await writeFile(
    join(folder, "contacts.csv"),
    "contact_id,account_id,given_name,family_name,email,phone,role,department,birth_date,newsletter\n" +
      "K-1,A-1,Ada,Weber,ada@example.com,,books,logistics,,yes\n",
  );
  await run("apply", join(examples, "freight"));
  await run("import", "freight", "customers", join(folder, "contacts.csv"));

  const watch = startWaybill(["segment", "watch", "freight", "unanswered", "--json"], options);
  await watch.heard("watching");
  await ticket("");
  await watch.heard("entered");
  watch.kill("SIGINT");
  const first = await watch.ended;
  await ticket(new Date().toISOString());
  const [entry] = toldBy(first);
  const after = String(entry?.change);
  const again = ["segment", "watch", "freight", "unanswered", "--after", after, "--limit", "1"];
  const second = await run(...again, "--json");

  expect(first.code).toBe(0);
  expect(toldBy(first)).toMatchObject([
    { kind: "entered", segment: "unanswered", cause: "change" },
  ]);
  expect(second.code).toBe(0);
  expect(toldBy(second)).toMatchObject([{ kind: "left", segment: "unanswered", cause: "change" }]);
  await rm(folder, { recursive: true, force: true });
}, 120_000);
