import { Command } from "commander";
import {
  explainCommand,
  forecastCommand,
  listCommand,
  membersCommand,
  showCommand,
} from "./segment-asking.ts";
import {
  applyCommand,
  planCommand,
  removeCommand,
  rollbackCommand,
  versionsCommand,
} from "./segment-editing.ts";
import { healthCommand } from "./segment-health.ts";
import { overlapCommand } from "./segment-overlap.ts";
import { compareCommand, historyCommand, trendCommand } from "./segment-past.ts";
import { pinCommand, pinsCommand, unpinCommand } from "./segment-pins.ts";
import { previewCommand } from "./segment-preview.ts";
import { funnelCommand, profileCommand } from "./segment-shape.ts";
import { watchCommand } from "./segment-watching.ts";

const GROUPS: Readonly<Record<string, readonly Command[]>> = {
  "Who is in, and why:": [listCommand(), showCommand(), membersCommand(), explainCommand()],
  "What becomes of it:": [
    watchCommand(),
    historyCommand(),
    compareCommand(),
    trendCommand(),
    forecastCommand(),
  ],
  "Editing:": [
    previewCommand(),
    planCommand(),
    applyCommand(),
    versionsCommand(),
    rollbackCommand(),
    removeCommand(),
  ],
  "By hand:": [pinCommand(), unpinCommand(), pinsCommand()],
  "Looking closer:": [overlapCommand(), funnelCommand(), profileCommand()],
  "Whether it is right:": [healthCommand()],
};

export function segmentCommand(): Command {
  const segment = new Command("segment")
    .description("segments: who is in, why and until when; editing, pinning and comparing them")
    .addHelpText(
      "after",
      `
Members are customers, accounts or events: whatever the segment is of. Each command brings memberships up
to date before it answers, so that its answer is right with and without a running server.`,
    );
  for (const [heading, commands] of Object.entries(GROUPS)) {
    segment.commandsGroup(heading);
    for (const command of commands) {
      segment.addCommand(command);
    }
  }
  return segment;
}
