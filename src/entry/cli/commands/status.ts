import { Command } from "commander";
import {
  type ClientOverview,
  customerCount,
  eventCount,
  type Overview,
  readOverview,
} from "../../server/overview.ts";
import { RowCounter } from "../../server/row-counter.ts";
import type { LastDelivery } from "../../server/store/figures.ts";
import { action, type Invocation } from "../invocation.ts";
import { renderFacts, renderTable } from "../table.ts";
import { NO_CLIENTS } from "./clients.ts";

export function statusCommand(): Command {
  return new Command("status")
    .description("clients with their counts, and what waits for a decision")
    .action(action(show));
}

async function show({ open, output }: Invocation): Promise<void> {
  const { db, clock, dataDir } = await open();
  const overview = await readOverview({ db, clock, counter: new RowCounter() });
  output.result({ dataDir, ...overview }, () => renderStatus(overview, dataDir));
}

function renderStatus(overview: Overview, dataDir: string): string {
  const { clients, server, jobs } = overview;
  const facts = renderFacts([
    ["data directory", dataDir],
    ["PostgreSQL", server],
    ["jobs", jobsText(jobs)],
  ]);
  if (clients.length === 0) {
    return `${facts}\n\n${NO_CLIENTS}`;
  }
  return [facts, renderClients(clients), renderDatasets(clients), ...next(clients)].join("\n\n");
}

function jobsText(jobs: Overview["jobs"]): string {
  const counted = Object.entries(jobs).filter(([, count]) => count > 0);
  return counted.length === 0
    ? "none"
    : counted.map(([state, count]) => `${count} ${state}`).join(", ");
}

function renderClients(clients: readonly ClientOverview[]): string {
  return renderTable(clients, [
    { head: "client", cell: (row) => row.client },
    { head: "customers", cell: customerCount },
    { head: "events", cell: eventCount },
    { head: "quarantined", cell: (row) => row.quarantined },
    { head: "held", cell: (row) => row.held.length },
    { head: "segments", cell: (row) => row.segments.length },
    { head: "routes", cell: (row) => row.routes.length },
    { head: "last intake", cell: (row) => row.intakes[0]?.startedAt },
    { head: "last delivery", cell: (row) => lastDelivery(row)?.startedAt },
  ]);
}

function renderDatasets(clients: readonly ClientOverview[]): string {
  const rows = clients.flatMap(({ client, datasets }) =>
    datasets.map((dataset) => ({ client, ...dataset })),
  );
  return renderTable(rows, [
    { head: "client", cell: (row) => row.client },
    { head: "dataset", cell: (row) => row.dataset },
    { head: "holds", cell: (row) => `${row.kind}s` },
    { head: "rows", cell: (row) => row.rows },
  ]);
}

function lastDelivery({ routes }: ClientOverview): LastDelivery | undefined {
  return routes
    .flatMap(({ last }) => (last === undefined ? [] : [last]))
    .reduce<LastDelivery | undefined>(
      (newest, one) => (newest === undefined || one.delivery > newest.delivery ? one : newest),
      undefined,
    );
}

/** What waits for somebody, with what to type. */
function next(clients: readonly ClientOverview[]): string[] {
  const lines = clients.flatMap(({ client, held, quarantined, intakes, datasets }) => [
    ...held.map(({ intake }) => `held: waybill intake show ${client} ${intake}`),
    ...(quarantined > 0n ? [`in quarantine: waybill quarantine list ${client}`] : []),
    ...(intakes.length === 0
      ? [`nothing has arrived: waybill import ${client} ${datasets[0]?.dataset ?? "DATASET"} FILE`]
      : []),
  ]);
  return lines.length === 0 ? [] : [lines.join("\n")];
}
