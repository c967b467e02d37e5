/** A person's word on single members, whatever the criteria say. */
import { Command, Option } from "commander";
import { listPins, type Pin, pinMember, unpinMember } from "../../../modules/segments/index.ts";
import { type AskingOptions, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseReviewer } from "../parse.ts";
import { CLIENT, followed, instantOf, openScene, SEGMENT } from "../segment-scene.ts";
import { namedBySegment } from "../segment-sight.ts";
import { renderTable, showCell } from "../table.ts";
import { openSubjects } from "../../ledgers.ts";

export function pinCommand(): Command {
  return new Command("pin")
    .description("put a member into a segment, or keep it out, whatever the criteria say")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .argument("<member>", "the id of the customer, account or event", parseId)
    .addOption(new Option("--in", "put it in (default)").conflicts("out"))
    .option("--out", "keep it out")
    .option("--until <t>", "the criteria count again from then on: RFC 3339, or a day")
    .option("--reason <text>", "why, in your words; it is kept, so no personal data in it")
    .option("--by <name>", "who says so (default: your login)", parseReviewer)
    .addHelpText(
      "after",
      `
A pin takes the place of the one the member had in the segment. Segments that have this one inside go by it, too.

  waybill segment pin telecom at-risk 4711 --out --until 2027-01-01 --reason "signed for two years"

Exit codes: 0 pinned, 2 it would expire before it begins, 4 there is no such client, segment or member.`,
    )
    .action(action(pin));
}

export function unpinCommand(): Command {
  return new Command("unpin")
    .description("end a member's pin: the criteria count again")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .argument("<member>", "the id of the customer, account or event", parseId)
    .option("--reason <text>", "why, in your words; it is kept, so no personal data in it")
    .option("--by <name>", "who says so (default: your login)", parseReviewer)
    .action(action(unpin));
}

export function pinsCommand(): Command {
  return withAsking(new Command("pins"))
    .description("the pins of a segment, or of all: who, why, until when, by whom")
    .argument(...CLIENT)
    .argument("[segment]", "of this segment only")
    .addHelpText(
      "after",
      `
Of whoever is pinned, those are named whom you may see; a segment's only where all it looks at is clear to you.`,
    )
    .action(action(pins));
}

interface PinActOptions {
  readonly reason?: string;
  readonly by?: string;
}

interface PinOptions extends PinActOptions {
  readonly out?: boolean;
  readonly until?: string;
}

async function pin(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[member, options]: [bigint, PinOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  const { clock, actor } = scene.context;
  const { reason, by: who = actor, until } = options;
  const stored = await pinMember(scene.subject, {
    segment,
    member,
    direction: options.out === true ? "out" : "in",
    expiresAt: until === undefined ? undefined : instantOf(scene, until),
    reason,
    who,
    at: clock.now(),
    subjects: openSubjects(scene.context, key),
  });
  await followed(scene, invocation.signal);
  invocation.output.result({ client: key, ...stored }, () => {
    const place = stored.direction === "in" ? "into" : "out of";
    const end =
      stored.expiresAt === null ? "until it is unpinned" : `until ${showCell(stored.expiresAt)}`;
    return `${member} is pinned ${place} ${segment} ${end}`;
  });
}

async function unpin(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[member, options]: [bigint, PinActOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  const { clock, actor } = scene.context;
  const { reason, by: who = actor } = options;
  const subjects = openSubjects(scene.context, key);
  await unpinMember(scene.subject, { segment, member, who, at: clock.now(), reason, subjects });
  await followed(scene, invocation.signal);
  invocation.output.result(
    { client: key, segment, member, pinned: false },
    () => `${member} is no longer pinned in ${segment}: its criteria count`,
  );
}

async function pins(
  invocation: Invocation,
  key: string,
  segment: string | undefined,
  ...[asked]: [AskingOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  const all = await listPins(scene.subject, { segment });
  const found = await namedBySegment(scene, asked, {
    rows: all,
    onHidden: (hidden, why) => invocation.output.note(`pins of ${hidden} are not shown: ${why}`),
  });
  const now = scene.context.clock.now();
  invocation.output.result({ client: key, pins: found }, () =>
    found.length === 0
      ? `nobody is pinned in ${segment ?? `the segments of ${key}`}`
      : renderTable(found, [
          { head: "segment", cell: (row) => row.segment },
          { head: "member", cell: (row) => row.member.toString() },
          { head: "pinned", cell: (row) => row.direction },
          { head: "until", cell: (row) => untilCell(row, now) },
          { head: "by", cell: (row) => row.pinnedBy },
          { head: "since", cell: (row) => row.pinnedAt },
          { head: "why", cell: (row) => row.reason },
        ]),
  );
}

function untilCell({ expiresAt }: Pin, now: Date): string {
  if (expiresAt === null) {
    return "unpinned";
  }
  return `${showCell(expiresAt)}${expiresAt <= now ? " (over)" : ""}`;
}
