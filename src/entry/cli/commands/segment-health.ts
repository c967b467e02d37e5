import { Command } from "commander";
import {
  type CountsView,
  type Reconciliation,
  type SegmentHealth,
  segmentHealth,
  shownCount,
} from "../../../modules/segments/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { CLIENT, openScene } from "../segment-scene.ts";
import { sizeCell } from "../segment-report.ts";
import { openSight, type Sight, type SightOptions, withSight } from "../segment-sight.ts";
import { renderFacts, showCell } from "../table.ts";

export function healthCommand(): Command {
  return withSight(new Command("health"))
    .description("how far memberships are followed, what is set aside, what comparisons found")
    .argument(...CLIENT)
    .addHelpText(
      "after",
      `
Waits for nothing and changes nothing.

Exit codes: 0 all is well, 3 members are set aside, segments cannot be followed, or a comparison with a
full evaluation found stored members to be wrong.`,
    )
    .action(action(health));
}

async function health(
  invocation: Invocation,
  key: string,
  ...[asked]: [SightOptions]
): Promise<number> {
  const scene = await openScene(invocation, key);
  const sight = await openSight(invocation, scene, { asked, of: {} });
  const found = healthInCounts(await segmentHealth(scene.subject), sight);
  const { unreadable, parked, alarm } = found;
  const isWell = unreadable.length === 0 && parked.length === 0 && alarm === undefined;
  invocation.output.result({ client: key, isWell, ...found }, () => renderHealth(found, sight));
  return isWell ? 0 : EXIT_CODES.refused;
}

/** Health with its counts of members rounded for those who may see no more. */
export function healthInCounts(found: SegmentHealth, sight: Sight): SegmentHealth {
  return {
    ...found,
    parked: found.parked.map((one) => ({ ...one, members: shown(one.members, sight.view) })),
    reconciled: found.reconciled && comparedInCounts(found.reconciled, sight),
    alarm: found.alarm && comparedInCounts(found.alarm, sight),
  };
}

function comparedInCounts(found: Reconciliation, { view, viewOf }: Sight): Reconciliation {
  const details = Object.entries(found.details).map(
    ([segment, count]) => [segment, shownCount(count, viewOf(segment))] as const,
  );
  return {
    ...found,
    different: shown(found.different, view),
    details: Object.fromEntries(details),
  };
}

function shown(count: bigint, view: CountsView): bigint {
  return BigInt(shownCount(Number(count), view));
}

function renderHealth(health: SegmentHealth, { view, viewOf }: Sight): string {
  const { kept, behind, asOf, nextDue, isRescanned, unreadable, parked, reconciled, alarm } =
    health;
  return [
    renderFacts([
      ["segments kept", kept],
      ["changes behind", behind],
      ["right as of", asOf],
      ["next due", nextDue ?? "never"],
      ["compared", comparison(reconciled, view)],
    ]),
    ...(isRescanned ? ["everybody is being evaluated anew"] : []),
    ...(alarm === undefined
      ? []
      : [
          `alarm: ${comparison(alarm, view)}; they were put right: ${differences(alarm.details, viewOf)}`,
        ]),
    ...parked.map(
      ({ failure, members }) => `${showCell(sizeCell(members, view))} set aside: ${failure}`,
    ),
    ...unreadable.map(({ segment, reason }) => `${segment} cannot be followed: ${reason}`),
  ].join("\n");
}

function comparison(found: Reconciliation | undefined, view: CountsView): string {
  return found === undefined
    ? "never yet; a running server does it all the time"
    : `${showCell(found.compared)} members at ${showCell(found.at)}, ${showCell(sizeCell(found.different, view))} different`;
}

function differences(details: Reconciliation["details"], viewOf: Sight["viewOf"]): string {
  return Object.entries(details)
    .map(([segment, count]) => `${segment} ${showCell(sizeCell(count, viewOf(segment)))}`)
    .join(", ");
}
