import { Command } from "commander";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
import { type Explanation, parseAsOf } from "../../../modules/criteria/index.ts";
import {
  explainSegment,
  listSegments,
  type Membership,
  previewCriteria,
  type SegmentClient,
  segmentMembers,
  type SegmentSummary,
} from "../../../modules/segments/index.ts";
import type { Context } from "../../context.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { renderFacts, renderTable, showCell, type TableColumn } from "../table.ts";

const AS_OF = "evaluate at this instant: RFC 3339, or a day (its beginning); default: now";

export function segmentCommand(): Command {
  const command = new Command("segment").description("segments: who is in, and why");
  command
    .command("list")
    .description("every segment with its number of members")
    .argument("<client>", "the client's key")
    .option("--as-of <t>", AS_OF)
    .action(action(list));
  command
    .command("preview")
    .description("what criteria would select, before they become a segment")
    .argument("<client>", "the client's key")
    .argument("<criteria>", `criteria in CEL, for example 'customer.churned == false'`)
    .option("--as-of <t>", AS_OF)
    .option("--sample <n>", "show so many of the customers' ids", parseLimit, 10)
    .action(action(preview));
  command
    .command("members")
    .description("the ids of a segment's members, in their order")
    .argument("<client>", "the client's key")
    .argument("<segment>", "the segment's name")
    .option("--as-of <t>", AS_OF)
    .option("--limit <n>", "at most so many", parseLimit, 100)
    .option("--after <id>", "go on behind this customer", parseId)
    .action(action(members));
  command
    .command("explain")
    .description("why a customer is in a segment or not, and until when")
    .argument("<client>", "the client's key")
    .argument("<segment>", "the segment's name")
    .argument("<customer>", "the customer's id", parseId)
    .option("--as-of <t>", AS_OF)
    .action(action(explain));
  return command;
}

interface AsOfOption {
  readonly asOf?: string;
}

/** The client as segments ask about it, and the instant. */
function asked(
  context: Context,
  client: Client,
  { asOf }: AsOfOption,
): { readonly subject: SegmentClient; readonly at: Date } {
  const { scope, catalogue } = client;
  return {
    subject: { db: context.db, scope, catalogue },
    at: asOf === undefined ? context.clock.now() : parseAsOf(asOf, catalogue.timeZone),
  };
}

async function list({ open, output }: Invocation, key: string, options: AsOfOption): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { subject, at } = asked(context, client, options);
  const segments = await listSegments(subject, { asOf: at });
  output.result({ client: key, asOf: at, segments }, (columns) =>
    segments.length === 0
      ? `${key} has no segments; write segments/NAME.yaml in its folder and apply it`
      : renderTable(segments, SEGMENT_COLUMNS, columns),
  );
}

const SEGMENT_COLUMNS: readonly TableColumn<SegmentSummary>[] = [
  { head: "segment", cell: (row) => row.segment },
  { head: "members", cell: (row) => row.members },
  { head: "kind", cell: (row) => row.kind },
  { head: "who", cell: (row) => row.sentence },
];

async function preview(
  { open, output }: Invocation,
  key: string,
  criteria: string,
  options: AsOfOption & { readonly sample: number },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { subject, at } = asked(context, client, options);
  const found = await previewCriteria(subject, { criteria, asOf: at, sample: options.sample });
  const document = {
    client: key,
    asOf: at,
    criteria,
    count: found.members,
    sentence: found.sentence,
    warnings: found.criteria.warnings,
    sample: found.sample,
  };
  output.result(document, () =>
    [
      renderFacts([
        ["customers", found.members],
        ["as of", at],
        ["who", found.sentence],
        ["for example", found.sample.join(", ")],
      ]),
      ...found.criteria.warnings.map((warning) => `note: ${warning}`),
    ].join("\n"),
  );
}

async function members(
  { open, output }: Invocation,
  key: string,
  segment: string,
  options: AsOfOption & { readonly limit: number; readonly after?: bigint },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { subject, at } = asked(context, client, options);
  const { limit, after } = options;
  const page = await segmentMembers(subject, { segment, asOf: at, limit, after });
  output.result({ client: key, segment, asOf: at, ...page }, () =>
    page.members.length === 0
      ? `nobody is in ${segment} as of ${showCell(at)}`
      : page.members.join("\n"),
  );
  // Beside the result, so that the ids alone can be handed to other commands.
  if (page.next !== undefined) {
    output.note(`there are more: go on with --after ${page.next}`);
  }
}

async function explain(
  { open, output }: Invocation,
  key: string,
  segment: string,
  ...[customer, options]: [bigint, AsOfOption]
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { subject, at } = asked(context, client, options);
  const membership = await explainSegment(subject, { segment, customer, asOf: at });
  output.result({ client: key, segment, customer, asOf: at, ...membership }, () =>
    renderMembership(membership, { segment, customer, at }),
  );
}

export function renderMembership(
  { member, until, explanation }: Membership,
  { segment, customer, at }: { segment: string; customer: bigint; at: Date },
): string {
  const holds =
    until === undefined
      ? "time alone does not change that"
      : `that holds until ${showCell(until)} unless something happens`;
  const verdict = `customer ${customer} is ${member ? "in" : "not in"} ${segment} as of ${showCell(at)}; ${holds}`;
  return [verdict, "", ...explanationLines(explanation, 0)].join("\n");
}

const MARKS = { true: "✓", false: "✗", missing: "?" } as const;

function explanationLines(node: Explanation, depth: number): string[] {
  const actual = node.actual
    .map(({ label, value }) => `${label}: ${value ?? "no value"}`)
    .join(", ");
  const line = `${"  ".repeat(depth)}${MARKS[node.truth]} ${node.sentence}${actual === "" ? "" : `   (${actual})`}`;
  return [line, ...node.children.flatMap((child) => explanationLines(child, depth + 1))];
}
