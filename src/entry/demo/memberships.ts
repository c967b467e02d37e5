/** Which segments people, companies and tickets fell into, and what time alone will change. */
import { must } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import {
  calculateScores,
  explainSegment,
  followClient,
  EVERYTHING,
  forecast,
  listSegments,
  segmentMembers,
  type SegmentClient,
} from "../../modules/segments/index.ts";
import { seeMember } from "../cli/asking.ts";
import { renderForecast, renderMembership } from "../cli/segment-report.ts";
import { renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import type { Story } from "./story.ts";

const DAY_MS = 86_400_000;

export async function tellSegments(
  story: Story,
  context: Context,
  clients: readonly Client[],
): Promise<void> {
  story.chapter("Which segments they fell into");
  story.say(
    "A segment is a condition over a customer, its account and its events, in one language that is also explained in words; its members may be companies or tickets, too. Memberships are live: they follow every change, and the clock. Now they follow what has just arrived.",
  );
  story.show(
    renderTable(await follow(context, clients), [
      { head: "client", cell: (row) => row.client },
      { head: "segments", cell: (row) => row.segments },
      { head: "changes followed", cell: (row) => row.changes },
      { head: "entries", cell: (row) => row.entered },
      { head: "exits", cell: (row) => row.left },
      { head: "seconds", cell: (row) => row.seconds.toFixed(1) },
    ]),
  );
  const rows = [];
  for (const client of clients) {
    const asOf = context.clock.now();
    const segments = await listSegments(subjectOf(context, client), { asOf });
    rows.push(...segments.map((segment) => ({ client: client.key, ...segment })));
  }
  story.show(
    renderTable(rows, [
      { head: "client", cell: (row) => row.client },
      { head: "segment", cell: (row) => row.segment },
      { head: "members", cell: (row) => row.members },
      { head: "of", cell: (row) => row.subject ?? "customers" },
      { head: "kind", cell: (row) => row.kind },
      { head: "title", cell: (row) => row.title },
    ]),
  );
  await tellExplanation(story, context, clientOf(clients, "telecom"));
  await tellForecast(story, context, clientOf(clients, "freight"));
}

function clientOf(clients: readonly Client[], key: string): Client {
  return must(
    clients.find((client) => client.key === key),
    "every client of the story is one of the demo's",
  );
}

function subjectOf(context: Context, { scope, catalogue }: Client): SegmentClient {
  return { db: context.db, scope, catalogue };
}

interface Followed {
  readonly client: string;
  readonly segments: number;
  readonly changes: number;
  readonly entered: number;
  readonly left: number;
  readonly seconds: number;
}

async function follow(context: Context, clients: readonly Client[]): Promise<Followed[]> {
  const { clock } = context;
  const followed: Followed[] = [];
  for (const client of clients) {
    const subject = subjectOf(context, client);
    await calculateScores(subject, { clock });
    const start = performance.now();
    const { changes, entered, left } = await followClient(subject, { clock });
    const seconds = (performance.now() - start) / 1_000;
    const { length: segments } = await listSegments(subject, { asOf: clock.now() });
    followed.push({ client: client.key, segments, changes, entered, left, seconds });
  }
  return followed;
}

async function tellExplanation(story: Story, context: Context, telecom: Client): Promise<void> {
  const subject = subjectOf(context, telecom);
  const question = { segment: "frequent-callers", asOf: context.clock.now() };
  const { members } = await segmentMembers(subject, { ...question, limit: 1 });
  const [member] = members;
  if (member === undefined) {
    return;
  }
  story.say("Why is one of them in, since when, and until when?");
  const { segment } = question;
  await seeMember(context, { client: telecom, asked: {}, segment, member });
  const membership = await explainSegment(subject, { ...question, member });
  story.show(renderMembership(membership, { ...question, member }));
}

async function tellForecast(story: Story, context: Context, freight: Client): Promise<void> {
  const now = context.clock.now();
  const expected = await forecast(subjectOf(context, freight), {
    segment: "contract-ending",
    now,
    to: new Date(now.getTime() + 14 * DAY_MS),
    sample: 3,
  });
  story.say(
    "And who comes and goes within two weeks if nobody does anything? Companies whose contracts end within 90 days, at the midnight it begins:",
  );
  story.show(renderForecast(expected, EVERYTHING));
}
