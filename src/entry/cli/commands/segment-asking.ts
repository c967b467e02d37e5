/** Who is in a segment, why, and until when. */
import { Command } from "commander";
import { NotFoundError } from "../../../kernel/index.ts";
import {
  type CountsView,
  explainSegment,
  type Forecast,
  forecast,
  listSegments,
  newestMembers,
  segmentMembers,
  type SegmentSummary,
  shownParts,
} from "../../../modules/segments/index.ts";
import { type AskingOptions, seeMember, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import {
  CAUSES,
  renderForecast,
  renderMembership,
  sizeCell,
  stateText,
} from "../segment-report.ts";
import {
  AS_OF,
  CLIENT,
  followed,
  instantOf,
  instantOrNow,
  openScene,
  SEGMENT,
  type SegmentScene,
} from "../segment-scene.ts";
import {
  namedAmong,
  openSight,
  type Sight,
  type SightOptions,
  withSight,
} from "../segment-sight.ts";
import { renderFacts, renderTable, showCell, type TableColumn } from "../table.ts";

export function listCommand(): Command {
  return withSight(new Command("list"))
    .description("every segment with its number of members")
    .argument(...CLIENT)
    .option("--as-of <t>", AS_OF)
    .addHelpText(
      "after",
      `
A past instant is answered from the history of memberships, as far back as they are kept; an earlier or a
future one by evaluating the criteria for that instant with the data as they are now.`,
    )
    .action(action(list));
}

export function showCommand(): Command {
  return withSight(new Command("show"))
    .description("one segment: its definition, its state, who came last")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .action(action(show));
}

export function membersCommand(): Command {
  return withAsking(new Command("members"))
    .description("the ids of a segment's members, in their order or the newest first")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .option("--as-of <t>", AS_OF)
    .option("--limit <n>", "at most so many", parseLimit, 100)
    .option("--after <id>", "go on behind this member", parseId)
    .option("--newest", "those who entered last, with when and why, instead")
    .option(
      "--before <change>",
      "with --newest: go on with who entered before this change",
      parseId,
    )
    .addHelpText(
      "after",
      `
Ids are those of customers, accounts or events, one a line, for other commands to take.

  waybill segment members telecom at-risk --limit 1000
  waybill segment members freight overdue-gold --newest`,
    )
    .action(action(members));
}

export function explainCommand(): Command {
  return withAsking(new Command("explain"))
    .description("why somebody is in a segment or not, since when and until when")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .argument("<member>", "the id of the customer, account or event", parseId)
    .option("--as-of <t>", AS_OF)
    .action(action(explain));
}

export function forecastCommand(): Command {
  return withSight(new Command("forecast"))
    .description("who will enter and leave by time alone, if nothing happens")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .requiredOption("--to <t>", "until this instant: RFC 3339, or a day (its beginning)")
    .option("--sample <n>", "show so many of those who come and of those who go", parseLimit, 10)
    .action(action(runForecast));
}

interface AsOfOption {
  readonly asOf?: string;
}

const segmentColumns = ({ viewOf }: Sight): readonly TableColumn<SegmentSummary>[] => [
  { head: "segment", cell: (row) => row.segment },
  { head: "members", cell: ({ segment, members }) => sizeCell(members, viewOf(segment)) },
  { head: "of", cell: (row) => row.subject ?? "customers" },
  { head: "kind", cell: (row) => row.kind },
  { head: "state", cell: (row) => stateText(row.state) },
  { head: "who", cell: (row) => row.sentence },
];

async function list(
  invocation: Invocation,
  key: string,
  options: AsOfOption & SightOptions,
): Promise<void> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  await followed(scene, signal);
  const asOf = instantOrNow(scene, options.asOf);
  const sight = await openSight(invocation, scene, { asked: options, of: {} });
  const segments = await listSegments(scene.subject, { asOf, viewOf: sight.viewOf });
  output.result({ client: key, asOf, segments }, (columns) =>
    segments.length === 0
      ? `${key} has no segments; write segments/NAME.yaml in its folder and apply it`
      : renderTable(segments, segmentColumns(sight), columns),
  );
}

/** Newest members that `show` has. */
const SHOWN_MEMBERS = 3;

async function show(
  invocation: Invocation,
  key: string,
  name: string,
  ...[options]: [SightOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  await followed(scene, invocation.signal);
  const of = { segments: [name] };
  const { view, viewOf } = await openSight(invocation, scene, { asked: options, of });
  const found = await findSegment(scene, name, viewOf);
  const isNamed = found.inForce !== undefined && view.kind === "everything";
  const { members: newest } = isNamed
    ? await newestSeen(scene, options, { segment: name, limit: SHOWN_MEMBERS })
    : { members: [] };
  const came = newest.map(({ member, at }) => `${member} at ${showCell(at)}`);
  invocation.output.result({ client: key, ...found, newest }, () =>
    renderFacts([
      ["segment", `${name}, version ${found.inForce ?? found.version}`],
      ["title", found.title],
      ...(found.description === "" ? [] : [["description", found.description] as const]),
      ["kind", found.kind],
      ["owner", found.owner],
      ["purpose", found.purpose],
      ["of", found.subject ?? "customers"],
      ["who", found.sentence],
      ["members", sizeCell(found.members, view)],
      ["came last", came.length === 0 ? undefined : came.join(", ")],
      ["state", stateText(found.state)],
    ]),
  );
}

async function findSegment(
  scene: SegmentScene,
  name: string,
  viewOf: Sight["viewOf"],
): Promise<SegmentSummary> {
  const asOf = scene.context.clock.now();
  const segments = await listSegments(scene.subject, { asOf, viewOf });
  const found = segments.find(({ segment }) => segment === name);
  if (found === undefined) {
    throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(name)}`, {
      hint: `waybill segment list ${scene.client.key} has those there are`,
    });
  }
  return found;
}

interface MembersOptions extends AsOfOption, AskingOptions {
  readonly limit: number;
  readonly after?: bigint;
  readonly newest?: boolean;
  readonly before?: bigint;
}

async function members(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[options]: [MembersOptions]
): Promise<void> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  await followed(scene, signal);
  if (options.newest === true) {
    await showNewest(invocation, scene, { segment, ...options });
    return;
  }
  const asOf = instantOrNow(scene, options.asOf);
  const { limit, after } = options;
  const all = await segmentMembers(scene.subject, { segment, asOf, limit, after });
  const seen = await namedAmong(scene, options, {
    criteria: { segment },
    members: all.members,
  });
  const page = { ...all, members: all.members.filter((member) => seen.has(member)) };
  output.result({ client: key, segment, asOf, ...page }, () =>
    page.members.length === 0
      ? `nobody is in ${segment} as of ${showCell(asOf)}`
      : page.members.join("\n"),
  );
  // Beside the result, so that the ids alone can be handed to other commands.
  if (page.next !== undefined) {
    output.note(`there are more: go on with --after ${page.next}`);
  }
}

/** A page of the newest members, as far as whoever asks may see them. */
async function newestSeen(
  scene: SegmentScene,
  asked: AskingOptions,
  page: { readonly segment: string; readonly limit: number; readonly before?: bigint | undefined },
): Promise<Awaited<ReturnType<typeof newestMembers>>> {
  const all = await newestMembers(scene.subject, page);
  const seen = await namedAmong(scene, asked, {
    criteria: { segment: page.segment },
    members: all.members.map(({ member }) => member),
  });
  return { ...all, members: all.members.filter(({ member }) => seen.has(member)) };
}

async function showNewest(
  { output }: Invocation,
  scene: SegmentScene,
  options: MembersOptions & { readonly segment: string },
): Promise<void> {
  const { segment, limit, before } = options;
  const page = await newestSeen(scene, options, { segment, limit, before });
  output.result({ client: scene.client.key, segment, ...page }, () =>
    page.members.length === 0
      ? `nobody has entered ${segment} since it came into force`
      : renderTable(page.members, [
          { head: "member", cell: ({ member }) => member.toString() },
          { head: "entered", cell: ({ at }) => at },
          { head: "why", cell: ({ cause }) => CAUSES[cause] },
        ]),
  );
  if (page.next !== undefined) {
    output.note(`there are more: go on with --newest --before ${page.next}`);
  }
}

async function explain(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[member, options]: [bigint, AsOfOption & AskingOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  await followed(scene, invocation.signal);
  const { context, client } = scene;
  await seeMember(context, { client, asked: options, segment, member });
  const asOf = instantOrNow(scene, options.asOf);
  const membership = await explainSegment(scene.subject, { segment, member, asOf });
  const { member: isMember, ...answer } = membership;
  invocation.output.result({ client: key, segment, member, isMember, asOf, ...answer }, () =>
    renderMembership(membership, { segment, member, asOf }),
  );
}

async function runForecast(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[options]: [SightOptions & { readonly to: string; readonly sample: number }]
): Promise<void> {
  const scene = await openScene(invocation, key);
  await followed(scene, invocation.signal);
  const of = { segments: [segment] };
  const { view } = await openSight(invocation, scene, { asked: options, of });
  const all = await forecast(scene.subject, {
    segment,
    now: scene.context.clock.now(),
    to: instantOf(scene, options.to),
    sample: view.kind === "everything" ? options.sample : 0,
  });
  const expected =
    view.kind === "everything"
      ? await forecastSeen(scene, options, all)
      : forecastInCounts(all, view);
  invocation.output.result({ client: key, ...expected }, () => renderForecast(expected, view));
}

async function forecastSeen(
  scene: SegmentScene,
  asked: AskingOptions,
  all: Forecast,
): Promise<Forecast> {
  const { segment, entering, leaving } = all;
  const members = [...entering.first, ...leaving.first].map(({ member }) => member);
  const seen = await namedAmong(scene, asked, { criteria: { segment }, members });
  const seenOf = (moves: Forecast["entering"]): Forecast["entering"] => ({
    ...moves,
    first: moves.first.filter(({ member }) => seen.has(member)),
  });
  return { ...all, entering: seenOf(entering), leaving: seenOf(leaving) };
}

/** Its parts are who stays, who comes and who goes. */
function forecastInCounts(all: Forecast, view: CountsView): Forecast {
  const { members, entering, leaving } = all;
  const parts = [members.now - leaving.count, entering.count, leaving.count];
  const [staying = 0, comes = 0, goes = 0] = shownParts(parts, view);
  return {
    ...all,
    members: { now: staying + goes, then: staying + comes },
    entering: { count: comes, first: [] },
    leaving: { count: goes, first: [] },
  };
}
