/** Consents: what customers agreed to and took back. */
import { Command } from "commander";
import { consentHistoryCommand, consentShowCommand } from "./consent-asking.ts";
import {
  consentGrantCommand,
  consentImportCommand,
  consentWithdrawCommand,
} from "./consent-stating.ts";

export function consentCommand(): Command {
  return new Command("consent")
    .description("consents: what customers agreed to, for which purpose, by which channel")
    .addCommand(consentShowCommand())
    .addCommand(consentHistoryCommand())
    .addCommand(consentGrantCommand())
    .addCommand(consentWithdrawCommand())
    .addCommand(consentImportCommand())
    .addHelpText(
      "after",
      `
What is stated counts from the next statement on, everywhere: in criteria (has_consent), in policies, and in
deliveries that are under way. docs/consent.md says what counts as consent and what a withdrawal ends.`,
    );
}
