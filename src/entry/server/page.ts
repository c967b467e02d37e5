/** The overview as a page of plain HTML: nothing runs in it, it reads well aloud and prints well. */
import type { JobRun } from "../../platform/jobs/index.ts";
import { renderClient } from "./client-section.ts";
import { count, instant, share } from "./format.ts";
import { html, Html } from "./html.ts";
import { type ClientOverview, customerCount, eventCount, type Overview } from "./overview.ts";
import type { IntakeFigures } from "./store/figures.ts";
import { STYLE } from "./style.ts";

const REFRESH_SECONDS = 10;

/** The page's whole text. */
export function renderPage(overview: Overview): string {
  const { clients, at, server } = overview;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="${REFRESH_SECONDS}" />
        <meta name="robots" content="noindex" />
        <title>Waybill: ${count(clients.length, "client")}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header class="masthead">
          <h1>Waybill</h1>
          <p class="soft">as of ${instant(at, "UTC")} UTC</p>
        </header>
        <main>
          ${clients.length === 0 ? noClients() : [totals(overview), wants(overview)]}
          ${work(overview.unfinished)} ${clients.map(renderClient)}
        </main>
        <footer>
          <p>
            Counts and names only: no record is ever shown here. PostgreSQL ${server}. This page
            renews itself every ${REFRESH_SECONDS} seconds.
          </p>
        </footer>
      </body>
    </html> `;
  return page.text;
}

function noClients(): Html {
  return html`<section class="sheet">
    <h2>There is no client yet</h2>
    <p class="empty">
      A client is a folder with a contract. Begin with an example:
      <code>waybill apply examples/telecom</code>
    </p>
  </section>`;
}

function totals({ clients, jobs }: Overview): Html {
  const sum = (of: (client: ClientOverview) => bigint): bigint =>
    clients.reduce((total, client) => total + of(client), 0n);
  const held = clients.reduce((total, { held }) => total + held.length, 0);
  const quarantined = sum((client) => client.quarantined);
  const figures: readonly (readonly [string, bigint | number, boolean])[] = [
    ["clients", clients.length, false],
    ["customers", sum(customerCount), false],
    ["events", sum(eventCount), false],
    ["rows in quarantine", quarantined, quarantined > 0n],
    ["held intakes", held, held > 0],
    ["jobs running", jobs.running, false],
  ];
  return html`<dl class="totals">
    ${figures.map(
      ([name, figure, isWarning]) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="${isWarning ? "warn" : ""}">${figure.toLocaleString("en-GB")}</dd>
        </div> `,
    )}
  </dl>`;
}

/** What a person has to look at, with what to type. */
function wants({ clients, failed }: Overview): Html | undefined {
  const items = [
    ...clients.flatMap(({ client, held }) => held.map((intake) => heldItem(client, intake))),
    ...clients.flatMap(failedDeliveries),
    ...failed.map(failedJob),
  ];
  return items.length === 0
    ? undefined
    : html`<section class="sheet wants">
        <h2>Wants a decision</h2>
        <ul>
          ${items}
        </ul>
      </section>`;
}

function wish(text: Html, command: string): Html {
  return html`<li><span>${text}</span> <code>${command}</code></li>`;
}

function heldItem(client: string, { intake, dataset }: IntakeFigures): Html {
  return wish(
    html`Intake ${intake} of <b>${client}</b> ${dataset} is held: nothing of it is published.`,
    `waybill intake show ${client} ${intake}`,
  );
}

function failedDeliveries({ client, routes }: ClientOverview): Html[] {
  return routes
    .filter(({ last }) => last?.state === "failed")
    .map(({ route }) =>
      wish(
        html`The last delivery of <b>${client}</b> ${route} failed: nothing of it counts.`,
        `waybill deliver ${client} ${route}`,
      ),
    );
}

function failedJob({ job, name, client, errorCode }: JobRun): Html {
  return wish(
    html`Job ${job}, ${name} for <b>${client ?? "all"}</b>, failed: ${errorCode ?? "unknown"}.`,
    `waybill jobs show ${job}`,
  );
}

function work(unfinished: readonly JobRun[]): Html | undefined {
  return unfinished.length === 0
    ? undefined
    : html`<section class="sheet work">
        <h2>At work</h2>
        <ul>
          ${unfinished.map(jobItem)}
        </ul>
      </section>`;
}

function jobItem({ job, name, client, state, progress, attempt }: JobRun): Html {
  const label = `progress of job ${job}`;
  const done = progress === null ? undefined : share(progress);
  const bar =
    state === "queued"
      ? html`<span class="soft">waits for its turn</span>`
      : done === undefined
        ? html`<progress aria-label="${label}"></progress>`
        : html`<progress aria-label="${label}" max="100" value="${done}"></progress>`;
  // The file is read to its end, and what it brought is being published.
  const figures = done === undefined ? "" : done === 100 ? "finishing" : `${done} %`;
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  return html`<li>
    <span>${name} for <b>${client ?? "all"}</b> <span class="soft">job ${job}${again}</span></span
    >${bar}<span>${figures}</span>
  </li>`;
}
