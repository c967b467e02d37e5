import { Command } from "commander";
import { type SegmentHealth, segmentHealth } from "../../../modules/segments/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { CLIENT, openScene } from "../segment-scene.ts";
import { renderFacts, showCell } from "../table.ts";

export function healthCommand(): Command {
  return new Command("health")
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

async function health(invocation: Invocation, key: string): Promise<number> {
  const { subject } = await openScene(invocation, key);
  const found = await segmentHealth(subject);
  const { unreadable, parked, alarm } = found;
  const isWell = unreadable.length === 0 && parked.length === 0 && alarm === undefined;
  invocation.output.result({ client: key, isWell, ...found }, () => renderHealth(found));
  return isWell ? 0 : EXIT_CODES.refused;
}

function renderHealth(health: SegmentHealth): string {
  const { kept, behind, asOf, nextDue, isRescanned, unreadable, parked, reconciled, alarm } =
    health;
  return [
    renderFacts([
      ["segments kept", kept],
      ["changes behind", behind],
      ["right as of", asOf],
      ["next due", nextDue ?? "never"],
      ["compared", comparison(reconciled)],
    ]),
    ...(isRescanned ? ["everybody is being evaluated anew"] : []),
    ...(alarm === undefined
      ? []
      : [`alarm: ${comparison(alarm)}; they were put right: ${differences(alarm.details)}`]),
    ...parked.map(({ failure, members }) => `${showCell(members)} set aside: ${failure}`),
    ...unreadable.map(({ segment, reason }) => `${segment} cannot be followed: ${reason}`),
  ].join("\n");
}

function comparison(found: SegmentHealth["reconciled"]): string {
  return found === undefined
    ? "never yet; a running server does it all the time"
    : `${showCell(found.compared)} members at ${showCell(found.at)}, ${showCell(found.different)} different`;
}

function differences(details: Readonly<Record<string, number>>): string {
  return Object.entries(details)
    .map(([segment, count]) => `${segment} ${showCell(count)}`)
    .join(", ");
}
