/** Entries and exits as they happen. */
import { Command } from "commander";
import { type MembershipChange, watchMemberships } from "../../../modules/segments/index.ts";
import { type AskingOptions, seeAs, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { CAUSES, oneOf } from "../segment-report.ts";
import { CLIENT, followed, openScene, type SegmentScene } from "../segment-scene.ts";
import { namedBySegment } from "../segment-sight.ts";
import { showCell } from "../table.ts";

export function watchCommand(): Command {
  return withAsking(new Command("watch"))
    .description("print who enters and leaves, as it happens")
    .argument(...CLIENT)
    .argument("[segment...]", "these only (default: all)")
    .option("--after <change>", "go on behind this change; 0 begins with the first", parseId)
    .option("--limit <n>", "end after so many", parseLimit)
    .addHelpText(
      "after",
      `
One line for each entry, exit and switch to another version; with --json one JSON document a line. The
number in front is the change's: after a pause, --after goes on where you were, and nothing is missed.
Memberships are kept right meanwhile, also where no server runs.

Of those who enter and leave, you are told of whom you may see; of a segment only where all it looks at is
clear to you.

  waybill segment watch freight overdue-gold unanswered
  waybill segment watch freight --after 4711 --limit 100 --json

Exit codes: 0 ended by Ctrl-C or --limit, 4 there is no such client or segment.`,
    )
    .action(action(watch));
}

interface WatchCommandOptions extends AskingOptions {
  readonly after?: bigint;
  readonly limit?: number;
}

async function watch(
  invocation: Invocation,
  key: string,
  segments: readonly string[],
  options: WatchCommandOptions,
): Promise<void> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  const { clock } = scene.context;
  await refuseStrangers(scene, options);
  const hidden = new Set<string>();
  const onHidden = (segment: string, why: string): void => {
    if (!hidden.has(segment)) {
      hidden.add(segment);
      output.note(`members of ${segment} are not shown: ${why}`);
    }
  };
  const what = segments.length === 0 ? "every segment" : segments.join(", ");
  const changes = watchMemberships(scene.subject, {
    after: options.after,
    segments: segments.length === 0 ? undefined : segments,
    signal,
    onBegin: (after) =>
      output.note(`watching ${what} of ${key} from change ${after} on; Ctrl-C ends it`),
    follow: () => followed(scene, signal),
    now: () => clock.now(),
    mayTell: (rows) => namedBySegment(scene, options, { rows, onHidden }),
  });
  let told = 0;
  for await (const change of changes) {
    output.line(change, () => watchedLine(change));
    told += 1;
    if (told === options.limit) {
      return;
    }
  }
}

/** Whoever may see nobody is told so at once, and not when somebody enters. */
async function refuseStrangers(
  { context, client }: SegmentScene,
  asked: AskingOptions,
): Promise<void> {
  const { db } = context;
  await db.scoped(client.scope, (tx) => seeAs(tx, context, { ...client, asked }), {
    readOnly: true,
  });
}

/** `4711  2026-11-02T09:14:07Z  overdue-gold: ticket 812 entered, by time alone, until …`. */
export function watchedLine(change: MembershipChange): string {
  const { at, kind, segment, version, subject, member, cause, until } = change;
  const number = change.change.toString().padStart(6);
  if (member === null) {
    return `${number}  ${showCell(at)}  ${segment}: version ${version} is in force`;
  }
  const why = cause === null ? "" : `, ${CAUSES[cause]}`;
  const end = until === null ? "" : `, until ${showCell(until)} unless something happens`;
  return `${number}  ${showCell(at)}  ${segment}: ${oneOf(subject)} ${member} ${kind}${why}${end}`;
}
