import { Command } from "commander";
import { must } from "../../../kernel/index.ts";
import type { Client } from "../../../modules/contracts/index.ts";
import {
  type DemoOptions,
  tellArrivals,
  tellContracts,
  tellIdentity,
  tellRefusals,
} from "../../demo/arrivals.ts";
import { tellConsents } from "../../demo/consents.ts";
import { tellDeliveries, tellProof } from "../../demo/departures.ts";
import { tellDesks } from "../../demo/desks.ts";
import { tellDuplicates } from "../../demo/duplicates.ts";
import { tellErasure } from "../../demo/erasure.ts";
import { keepCheckpoint, tellLedgers } from "../../demo/ledgers.ts";
import { tellSegments } from "../../demo/memberships.ts";
import { Story } from "../../demo/story.ts";
import type { Context } from "../../context.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseCount, parseSeed } from "../parse.ts";
import { DEFAULT_PORT, parsePort, serveUntilStopped } from "./serve.ts";

export function demoCommand(): Command {
  return new Command("demo")
    .description("the whole job once, on generated clients, told as it goes")
    .option("--once", "end after the story instead of serving")
    .option(
      "--port <n>",
      "port to serve on afterwards; 0 takes any free one",
      parsePort,
      DEFAULT_PORT,
    )
    .option("--customers <n>", "customers of the largest client", parseCount, 2_000)
    .option("--seed <n>", "the seed of the generated people", parseSeed, 7)
    .action(action(runDemo));
}

interface Options {
  readonly once?: boolean;
  readonly port: number;
  readonly customers: number;
  readonly seed: number;
}

async function runDemo(invocation: Invocation, options: Options): Promise<void> {
  const context = await invocation.open();
  await tell(invocation, context, options);
  if (options.once !== true) {
    invocation.output.note("Ctrl-C ends it.");
    await serveUntilStopped(invocation, context, { ...options, host: "127.0.0.1", workers: true });
  }
}

async function tell(
  { output, signal }: Invocation,
  context: Context,
  options: Options,
): Promise<void> {
  // With --json only the summary goes to standard output.
  const stream = output.json ? process.stderr : process.stdout;
  const story = new Story((text) => void stream.write(text), stream.isTTY === true);
  const demo: DemoOptions = { customers: options.customers, seed: options.seed, signal };
  const clients = await tellContracts(story, context);
  const clientOf = (wanted: string): Client =>
    must(
      clients.find(({ key }) => key === wanted),
      "the demo has this client",
    );
  const [telecom, retail, freight, health] = [
    clientOf("telecom"),
    clientOf("retail"),
    clientOf("freight"),
    clientOf("health"),
  ];
  await tellArrivals(story, context, { clients, options: demo });
  await tellRefusals(story, context, clients);
  await tellIdentity(story, context, telecom);
  const duplicates = await tellDuplicates(story, context, { telecom, signal });
  await tellSegments(story, context, clients);
  await tellDesks(story, context, { retail, signal });
  await tellConsents(story, context, { freight, signal });
  const reports = await tellDeliveries(story, context, { clients, signal });
  const delivery = must(reports[0], "the demo has routes");
  const waybillFile = await tellProof(story, context, { client: telecom, delivery });
  const kept = await keepCheckpoint(context, health);
  const deliveries = reports.filter(({ waybill }) => waybill?.client === health.key);
  const certificate = await tellErasure(story, context, { health, deliveries, signal });
  await tellLedgers(story, context, { clients, health, kept });
  story.chapter("What to try next");
  story.show(nextCommands(waybillFile));
  const seconds = Number(story.seconds.toFixed(1));
  output.result(
    { clients: clients.map((client) => client.key), duplicates, seconds, waybillFile, certificate },
    () => `told in ${seconds} s`,
  );
}

function nextCommands(waybillFile: string): string {
  return [
    "./waybill status",
    "./waybill customer search telecom Maria",
    "./waybill resolve review telecom        # what the model cannot tell",
    "./waybill segment preview telecom 'calls.within(\"90d\").count() >= 5'",
    "./waybill segment members telecom urgent-retention",
    "./waybill segment overlap retail champions big-spenders lapsed",
    "./waybill segment watch freight        # and import something meanwhile",
    "./waybill quarantine list telecom",
    "./waybill plan examples/telecom        # after you have changed a file in it",
    "./waybill disclosures retail --recipient desk-germany",
    "./waybill policy explain retail 1 country --as desk-germany --purpose essential.service.operations.support",
    "./waybill rights list health",
    "./waybill ledger log health",
    `./waybill verify ${waybillFile}`,
    "./waybill serve",
  ].join("\n");
}
