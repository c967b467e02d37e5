import { Command } from "commander";
import { previewCriteria } from "../../../modules/segments/index.ts";
import { sealedCriteria } from "../../sealing.ts";
import {
  type AskingOptions,
  noteAccess,
  seeByCriteria,
  visibleAmong,
  withAsking,
} from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseLimit } from "../parse.ts";
import { CLIENT, instantOrNow, openScene } from "../segment-scene.ts";
import { renderFacts } from "../table.ts";

export function previewCommand(): Command {
  return withAsking(new Command("preview"))
    .description("what criteria would select, before they become a segment")
    .argument(...CLIENT)
    .argument("<criteria>", `criteria in CEL, for example 'customer.churned == false'`)
    .option(
      "--as-of <t>",
      "evaluate at this instant: RFC 3339, or a day (its beginning); default: now",
    )
    .option("--subject <dataset>", "whose rows are the members (default: the customers)")
    .option("--sample <n>", "show so many of the members' ids", parseLimit, 10)
    .addHelpText(
      "after",
      `
  waybill segment preview telecom 'calls.within("90d").count() >= 5'
  waybill segment preview freight --subject accounts 'customers.count() >= 10'`,
    )
    .action(action(preview));
}

interface PreviewOptions extends AskingOptions {
  readonly asOf?: string;
  readonly subject?: string;
  readonly sample: number;
}

async function preview(
  invocation: Invocation,
  key: string,
  criteria: string,
  options: PreviewOptions,
): Promise<void> {
  const { asOf: instant, subject, sample: size } = options;
  const scene = await openScene(invocation, key);
  const { context, client } = scene;
  const asOf = instantOrNow(scene, instant);
  const sealed = await sealedCriteria(scene.context, scene.client, { criteria, subject });
  const found = await previewCriteria(scene.subject, {
    criteria: sealed,
    asOf,
    sample: size,
    subject,
  });
  const sample = await context.db.scoped(client.scope, async (tx) => {
    const asked = { client, asked: options, criteria: { criteria: sealed, subject } };
    const { seeing, by } = await seeByCriteria(tx, context, asked);
    const shown = {
      act: "preview",
      channel: "listed",
      by,
      customers: [],
      found: Number(found.members),
    } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return await visibleAmong(tx, seeing, { subject, members: found.sample });
  });
  const { warnings } = found.criteria;
  const members = subject ?? "customers";
  const document = {
    client: key,
    subject: members,
    asOf,
    criteria,
    count: found.members,
    sentence: found.sentence,
    warnings,
    sample,
  };
  invocation.output.result(document, () =>
    [
      renderFacts([
        [members, found.members],
        ["as of", asOf],
        ["who", found.sentence],
        ["for example", sample.join(", ")],
      ]),
      ...warnings.map((warning) => `note: ${warning}`),
    ].join("\n"),
  );
}
