import type { ASTNode } from "@marcbachmann/cel-js";
import { suggestion } from "../../../kernel/index.ts";
import { CONSENT_CHANNELS, consentProblem, isConsentChannel } from "../consent.ts";
import { condition, type Condition } from "../tree/index.ts";
import { expectArguments, stringArgument, type Reading } from "./reader.ts";
import { refuse } from "./refusal.ts";

/** Lowers `has_consent("PURPOSE")` or `has_consent("PURPOSE", "CHANNEL")`. */
export function lowerConsent(node: ASTNode, args: readonly ASTNode[], reading: Reading): Condition {
  const example = 'has_consent("marketing.communications.email", "email")';
  const count = args.length === 1 ? 1 : 2;
  expectArguments(node, args, { name: "has_consent()", count, example });
  if (reading.scope.kind === "selected") {
    refuse(node, "a where cannot ask for consents", "use has_consent() outside of the where");
  }
  if (reading.subject.kind === "account") {
    refuse(node, `${reading.subject.name} have no consents; customers do`);
  }
  const [purposeNode = node, channelNode] = args;
  const purpose = stringArgument(purposeNode, node, "the purpose");
  const problem = consentProblem(purpose, reading.catalogue);
  if (problem !== undefined) {
    refuse(purposeNode, problem.message, problem.hint);
  }
  const channel =
    channelNode === undefined ? "any" : stringArgument(channelNode, node, "the channel");
  return isConsentChannel(channel)
    ? condition({ kind: "consent", purpose, channel })
    : refuse(
        channelNode ?? node,
        `${JSON.stringify(channel)} is no channel`,
        suggestion(channel, CONSENT_CHANNELS),
      );
}
