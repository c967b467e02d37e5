/** What persons say on the command line: of a pair, of two customers, of a whole one; and taking it back. */
import { Argument, Command } from "commander";
import {
  type Client,
  findDataset,
  customerDataset,
  getClient,
} from "../../../modules/contracts/index.ts";
import { readRecords, recordsOfGolden } from "../../../modules/customers/index.ts";
import {
  type Act,
  judge,
  mergeCustomers,
  type ResolutionReport,
  undoAct,
  unmerge,
  type Verdict,
} from "../../../modules/resolution/index.ts";
import type { Database } from "../../../platform/postgres/index.ts";
import type { Context } from "../../context.ts";
import { openSubjects } from "../../ledgers.ts";
import { action, type Invocation } from "../invocation.ts";
import { collectIds, parseId, parsePair, parseReviewer } from "../parse.ts";
import { count, mergedAndSplit } from "../resolve-report.ts";

const VERDICTS: readonly Verdict[] = ["same", "different", "unsure"];

export function judgeCommand(): Command {
  return withActOptions(
    new Command("judge")
      .description("say of two records whether they are the same; it holds until it is taken back")
      .argument("<client>", "the client's key")
      .argument("<pair>", "two records, as 'resolve review --list' prints them: 12-15", parsePair)
      .addArgument(new Argument("<verdict>", "what they are").choices(VERDICTS)),
  ).action(action(judgePair));
}

export function mergeCommand(): Command {
  return withActOptions(
    new Command("merge")
      .description("make two customers one")
      .argument("<client>", "the client's key")
      .argument("<a>", "a customer's id", parseId)
      .argument("<b>", "another customer's id", parseId),
  ).action(action(merge));
}

export function unmergeCommand(): Command {
  return withActOptions(
    new Command("unmerge")
      .description("part a customer: the given records from its others, or all from each other")
      .argument("<client>", "the client's key")
      .argument("<customer>", "the customer's id", parseId)
      .argument("[record...]", "records of 'waybill customer show'", collectIds),
  )
    .addHelpText(
      "after",
      `
Fields, events, segment memberships and ids come back as they were before the merge; where somebody
belongs who was never alone, a new id is given. The records stay apart in every later run, until it is
taken back with 'waybill resolve undo'.`,
    )
    .action(action(part));
}

export function undoCommand(): Command {
  return withActOptions(
    new Command("undo")
      .description("take back what you said, with everything you said in the same act")
      .argument("<client>", "the client's key")
      .argument("<pair>", "a pair of records that it was said of: 12-15", parsePair),
  ).action(action(undo));
}

function withActOptions(command: Command): Command {
  return command
    .option("--reason <text>", "why, in your words; it is kept, so no personal data in it")
    .option("--by <name>", "who says it (default: your login)", parseReviewer)
    .option("--dataset <name>", "records of this dataset (default: the customers)");
}

interface ActOptions {
  readonly reason?: string;
  readonly by?: string;
  readonly dataset?: string;
}

interface Scene {
  readonly db: Database;
  readonly client: Client;
  readonly act: Act;
}

async function sceneOf(context: Context, key: string, options: ActOptions): Promise<Scene> {
  const { db, clock, actor } = context;
  const { reason, by = actor, dataset } = options;
  const subjects = openSubjects(context, key);
  return { db, client: await getClient(db, key), act: { by, clock, reason, dataset, subjects } };
}

type Pair = ReturnType<typeof parsePair>;

async function judgePair(
  { open, output }: Invocation,
  key: string,
  pair: Pair,
  ...[verdict, options]: [Verdict, ActOptions]
): Promise<void> {
  const { db, client, act } = await sceneOf(await open(), key, options);
  const report = await judge(db, client, { ...act, ...pair, verdict });
  const said = `${pair.left}-${pair.right} is judged ${verdict} by ${act.by}`;
  const customers = await customersOf({ db, client, act }, [pair.left, pair.right]);
  output.result({ client: key, pair, verdict, by: act.by, ...report, now: customers }, () =>
    [said, ...effects(report)].join("\n"),
  );
}

async function merge(
  { open, output }: Invocation,
  key: string,
  one: bigint,
  ...[other, options]: [bigint, ActOptions]
): Promise<void> {
  const scene = await sceneOf(await open(), key, options);
  const { db, client, act } = scene;
  const records = await recordsOf(scene, [one, other]);
  const report = await mergeCustomers(db, client, { ...act, customers: [one, other] });
  const customers = await customersOf(scene, records);
  output.result({ client: key, merged: [one, other], ...report, now: customers }, () =>
    [
      customers.length === 1
        ? `customers ${one} and ${other} are customer ${customers[0]?.customer}`
        : `customers ${one} and ${other} could not be made one: other judgements of persons speak against it`,
      renderCustomers(customers),
      ...effects(report),
    ].join("\n"),
  );
}

async function part(
  { open, output }: Invocation,
  key: string,
  customer: bigint,
  ...[named, options]: [readonly bigint[] | undefined, ActOptions]
): Promise<void> {
  const scene = await sceneOf(await open(), key, options);
  const { db, client, act } = scene;
  const records = await recordsOf(scene, [customer]);
  const report = await unmerge(db, client, { ...act, customer, records: named });
  const customers = await customersOf(scene, records);
  const pair = pairApart(records, named ?? []);
  output.result({ client: key, customer, ...report, now: customers }, () =>
    [
      `the records of customer ${customer} are ${count(customers.length, "customer")}`,
      renderCustomers(customers),
      ...effects(report),
      ...(pair === undefined ? [] : [`take it back: waybill resolve undo ${key} ${pair}`]),
    ].join("\n"),
  );
}

/** A pair that was judged different, by which the act can be named. */
function pairApart(records: readonly bigint[], named: readonly bigint[]): string | undefined {
  const one = named[0] ?? records[0];
  const other = records.find((record) => record !== one && !named.includes(record));
  if (one === undefined || other === undefined) {
    return undefined;
  }
  return one < other ? `${one}-${other}` : `${other}-${one}`;
}

async function undo(
  { open, output }: Invocation,
  key: string,
  pair: Pair,
  ...[options]: [ActOptions]
): Promise<void> {
  const scene = await sceneOf(await open(), key, options);
  const { db, client, act } = scene;
  const report = await undoAct(db, client, { ...act, of: pair });
  const customers = await customersOf(scene, [pair.left, pair.right]);
  output.result({ client: key, pair, by: act.by, ...report, now: customers }, () =>
    [
      `what ${act.by} said of it is taken back`,
      renderCustomers(customers),
      ...effects(report),
    ].join("\n"),
  );
}

/** What an act has done beyond being written down. */
function effects(report: ResolutionReport): string[] {
  const { merged, split } = mergedAndSplit(report);
  const done = [
    ...(merged === 0 ? [] : [`${count(merged, "customer")} merged into others`]),
    ...(split === 0 ? [] : [`${count(split, "customer")} split off`]),
  ];
  const overruled = report.overruled.map(
    ({ left, right, verdict, who }) =>
      `${left}-${right} ${verdict}, said by ${who}, cannot hold beside it`,
  );
  if (done.length === 0 && report.moved > 0) {
    done.push(`${count(report.moved, "record")} moved`);
  }
  return [done.length === 0 ? "no customer changed" : done.join(", "), ...overruled];
}

/** A customer, and which of the records in question it has. */
interface Holder {
  readonly customer: bigint;
  readonly records: readonly bigint[];
}

function renderCustomers(customers: readonly Holder[]): string {
  return customers
    .map(({ customer, records }) => `  customer ${customer}: records ${records.join(", ")}`)
    .join("\n");
}

function datasetOf({ client, act }: Scene): Parameters<typeof recordsOfGolden>[1] | undefined {
  const { catalogue } = client;
  const dataset =
    act.dataset === undefined ? customerDataset(catalogue) : findDataset(catalogue, act.dataset);
  return dataset?.kind === "event" ? undefined : dataset;
}

async function recordsOf(scene: Scene, customers: readonly bigint[]): Promise<bigint[]> {
  const dataset = datasetOf(scene);
  if (dataset === undefined) {
    return [];
  }
  const members = await scene.db.scoped(
    scene.client.scope,
    (tx) => recordsOfGolden(tx, dataset, customers),
    { readOnly: true },
  );
  return members.map(({ record }) => record);
}

/** Where records belong, the customers in the order of their ids. */
async function customersOf(scene: Scene, records: readonly bigint[]): Promise<Holder[]> {
  const dataset = datasetOf(scene);
  if (dataset === undefined) {
    return [];
  }
  const holders = new Map<bigint, bigint[]>();
  await scene.db.scoped(
    scene.client.scope,
    async (tx) => {
      for await (const page of readRecords(tx, dataset, { records })) {
        for (const [place, id] of page.ids.entries()) {
          holders.set(id, [...(holders.get(id) ?? []), ...page.records.slice(place, place + 1)]);
        }
      }
    },
    { readOnly: true },
  );
  return [...holders]
    .map(([customer, held]) => ({ customer, records: held }))
    .toSorted((a, b) => Number(a.customer - b.customer));
}
