/**
 * What the operator sees of everything: counts, states and the names of definitions. No value of a
 * record and no file's name is read here, so that neither the page nor `waybill status` can show one.
 */
import type { Clock } from "../../kernel/index.ts";
import {
  type Client,
  type Dataset,
  listClients,
  readDefinitions,
} from "../../modules/contracts/index.ts";
import { countsOnly, countText, segmentSchema } from "../../modules/segments/index.ts";
import { type JobRun, listJobs } from "../../platform/jobs/index.ts";
import type { Database, Transaction } from "../../platform/postgres/index.ts";
import { readRoutes } from "../worker/routes.ts";
import { nextRun } from "../worker/schedule.ts";
import type { RowCounter } from "./row-counter.ts";
import {
  countJobs,
  countQuarantined,
  type IntakeFigures,
  type JobCounts,
  type LastDelivery,
  type QuarantineReason,
  selectHeldIntakes,
  selectKeptSegments,
  selectLastDeliveries,
  selectLastIntakes,
  selectQuarantineReasons,
  serverVersion,
} from "./store/figures.ts";

const LAST_INTAKES = 5;
const COMMONEST_REASONS = 5;
const LISTED_JOBS = 20;
const RECENT_MS = 24 * 60 * 60 * 1000;

export interface DatasetFigures {
  readonly dataset: string;
  readonly title: string;
  readonly kind: Dataset["kind"];
  /** Golden customers and accounts, or events. */
  readonly rows: bigint;
}

export interface RouteFigures {
  readonly route: string;
  readonly destination: string;
  /** In the client's time zone; undefined when it runs on demand. */
  readonly cron: string | undefined;
  readonly nextRun: Date | undefined;
  readonly last: LastDelivery | undefined;
}

export interface SegmentFigures {
  readonly segment: string;
  readonly title: string;
  readonly kind: string;
  /** The dataset its members are rows of; undefined before anything of it is kept. */
  readonly of: string | undefined;
  /** As people may see it who may see counts but not customers; undefined before it is filled. */
  readonly members: string | undefined;
  readonly isFilling: boolean;
}

export interface ClientOverview {
  readonly client: string;
  readonly contractVersion: string;
  readonly timeZone: string;
  readonly datasets: readonly DatasetFigures[];
  /** The newest first. */
  readonly intakes: readonly IntakeFigures[];
  /** Those that wait for a decision. */
  readonly held: readonly IntakeFigures[];
  /** Rows that wait in quarantine. */
  readonly quarantined: bigint;
  /** The commonest reasons; a row with two faults is in two of them. */
  readonly reasons: readonly QuarantineReason[];
  readonly segments: readonly SegmentFigures[];
  readonly routes: readonly RouteFigures[];
}

export interface Overview {
  readonly at: Date;
  /** The version of PostgreSQL. */
  readonly server: string;
  readonly clients: readonly ClientOverview[];
  readonly jobs: JobCounts;
  /** The running jobs, then the queued ones. */
  readonly unfinished: readonly JobRun[];
  /** Those that failed within the last day, the newest first. */
  readonly failed: readonly JobRun[];
}

export interface OverviewDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly counter: RowCounter;
}

/** Reads everything that the overview shows; each client in one snapshot. */
export async function readOverview(deps: OverviewDeps): Promise<Overview> {
  const { db, clock } = deps;
  const at = clock.now();
  const clients: ClientOverview[] = [];
  for (const client of await listClients(db)) {
    clients.push(
      await db.scoped(client.scope, (tx) => readClient(tx, client, { at, counter: deps.counter }), {
        readOnly: true,
        isolation: "repeatable read",
        statementTimeoutMs: 0,
      }),
    );
  }
  const [server, jobs] = await db.control(
    async (tx) => [await serverVersion(tx), await countJobs(tx)] as const,
    { readOnly: true },
  );
  const running = await listJobs(db, { state: "running", limit: LISTED_JOBS });
  const queued = await listJobs(db, { state: "queued", limit: LISTED_JOBS });
  const failed = await listJobs(db, { state: "failed", limit: LISTED_JOBS });
  return {
    at,
    server,
    clients,
    jobs,
    unfinished: [...running, ...queued.toReversed()],
    failed: failed.filter(({ finishedAt }) => isRecent(finishedAt, at)),
  };
}

/** What failed longer ago has been seen, or is no longer asked about; `waybill jobs list` has it. */
function isRecent(instant: Date | null, at: Date): boolean {
  return instant !== null && at.getTime() - instant.getTime() < RECENT_MS;
}

async function readClient(
  tx: Transaction,
  client: Client,
  { at, counter }: { readonly at: Date; readonly counter: RowCounter },
): Promise<ClientOverview> {
  const { key, catalogue } = client;
  const counts = await counter.count(tx, client);
  return {
    client: key,
    contractVersion: catalogue.contractVersion,
    timeZone: catalogue.timeZone,
    datasets: catalogue.datasets.map(({ name, title, kind }) => ({
      dataset: name,
      title,
      kind,
      rows: counts.get(name) ?? 0n,
    })),
    intakes: await selectLastIntakes(tx, LAST_INTAKES),
    held: await selectHeldIntakes(tx),
    quarantined: await countQuarantined(tx),
    reasons: await selectQuarantineReasons(tx, COMMONEST_REASONS),
    segments: await readSegments(tx, client),
    routes: await routeFigures(tx, catalogue.timeZone, at),
  };
}

/** The page asks for no sign-in, so that what it shows is what everybody may see. */
async function readSegments(tx: Transaction, { catalogue }: Client): Promise<SegmentFigures[]> {
  const stored = await readDefinitions(tx, "segment");
  const kept = new Map((await selectKeptSegments(tx)).map((one) => [one.segment, one]));
  const view = countsOnly(catalogue);
  return stored.map(({ name, body }) => {
    const { data } = segmentSchema.safeParse(body);
    const { of, members, isFilling = false } = kept.get(name) ?? {};
    return {
      segment: name,
      title: data?.title ?? name,
      kind: data?.kind ?? "",
      of,
      members: typeof members === "bigint" ? countText(Number(members), view) : undefined,
      isFilling,
    };
  });
}

async function routeFigures(tx: Transaction, timeZone: string, at: Date): Promise<RouteFigures[]> {
  const last = new Map((await selectLastDeliveries(tx)).map((one) => [one.route, one]));
  const routes = await readRoutes(tx);
  return routes.map(({ route, destination, schedule }) => ({
    route,
    destination,
    cron: schedule?.cron,
    nextRun:
      schedule === undefined
        ? undefined
        : (nextRun({ cron: schedule.cron, timeZone }, at) ?? undefined),
    last: last.get(route),
  }));
}

/** The golden customers of a client. */
export function customerCount({ datasets }: ClientOverview): bigint {
  return rowsOf(datasets, "customer");
}

/** The events of a client, of all datasets together. */
export function eventCount({ datasets }: ClientOverview): bigint {
  return rowsOf(datasets, "event");
}

function rowsOf(datasets: readonly DatasetFigures[], kind: Dataset["kind"]): bigint {
  return datasets.reduce((sum, one) => (one.kind === kind ? sum + one.rows : sum), 0n);
}
