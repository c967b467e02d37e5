import { instant } from "./format.ts";
import { html, type Html, type HtmlPart } from "./html.ts";
import type { ClientOverview, DatasetFigures, RouteFigures, SegmentFigures } from "./overview.ts";
import type { IntakeFigures, QuarantineReason } from "./store/figures.ts";

/** One client's part of the overview. */
export function renderClient(overview: ClientOverview): Html {
  const { client, contractVersion, timeZone, datasets } = overview;
  return html`<article class="sheet client" id="${client}">
    <header>
      <h2>${client}</h2>
      <p>contract ${contractVersion} · times in ${timeZone}</p>
    </header>
    <div class="columns">
      ${section("Records", table(DATASETS, datasets))}
      ${section("In quarantine", quarantine(overview))}
      ${section("Last intakes", intakes(overview), "wide")}
      ${section("Routes", routes(overview), "wide")}
      ${section("Segments", segments(overview), "wide")}
    </div>
  </article> `;
}

function section(title: string, content: Html, width = ""): Html {
  return html`<section class="${width}">
    <h3>${title}</h3>
    ${content}
  </section>`;
}

interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => HtmlPart;
  readonly isNumber?: boolean;
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const kind = ({ isNumber }: Column<Row>): string => (isNumber === true ? "number" : "");
  const head = columns.map((one) => html`<th scope="col" class="${kind(one)}">${one.head}</th>`);
  const body = rows.map(
    (row) =>
      html`<tr>
        ${columns.map((one) => html`<td class="${kind(one)}">${one.cell(row)}</td>`)}
      </tr> `,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function empty(text: string, command: string): Html {
  return html`<p class="empty">${text} <code>${command}</code></p>`;
}

function figure(value: bigint | null | undefined): string {
  return value?.toLocaleString("en-GB") ?? "–";
}

const KINDS = { customer: "customers", account: "accounts", event: "events" } as const;

const DATASETS: readonly Column<DatasetFigures>[] = [
  { head: "dataset", cell: ({ dataset }) => dataset },
  { head: "holds", cell: ({ kind }) => html`<span class="soft">${KINDS[kind]}</span>` },
  { head: "rows", cell: ({ rows }) => figure(rows), isNumber: true },
];

const REASONS: readonly Column<QuarantineReason>[] = [
  { head: "dataset", cell: ({ dataset }) => dataset },
  { head: "field", cell: ({ field }) => field ?? "–" },
  { head: "rule", cell: ({ rule }) => rule },
  { head: "rows", cell: ({ rows }) => figure(rows), isNumber: true },
];

function quarantine({ client, quarantined, reasons }: ClientOverview): Html {
  if (quarantined === 0n) {
    return html`<p class="empty">No row waits here.</p>`;
  }
  const rows = quarantined === 1n ? "row waits" : "rows wait";
  return html`${table(REASONS, reasons)}
    <p class="empty">
      ${figure(quarantined)} ${rows}. <code>waybill quarantine list ${client}</code>
    </p>`;
}

function intakes({ client, intakes, datasets, timeZone }: ClientOverview): Html {
  if (intakes.length === 0) {
    const dataset = datasets[0]?.dataset ?? "DATASET";
    return empty("Nothing has arrived yet.", `waybill import ${client} ${dataset} FILE`);
  }
  const columns: readonly Column<IntakeFigures>[] = [
    { head: "intake", cell: ({ intake }) => intake },
    { head: "dataset", cell: ({ dataset }) => dataset },
    { head: "source", cell: ({ source }) => source },
    { head: "state", cell: ({ state }) => stateMark(state) },
    { head: "rows", cell: ({ read }) => figure(read), isNumber: true },
    { head: "new", cell: ({ accepted }) => figure(accepted), isNumber: true },
    { head: "changed", cell: ({ changed }) => figure(changed), isNumber: true },
    { head: "unchanged", cell: ({ unchanged }) => figure(unchanged), isNumber: true },
    { head: "quarantined", cell: ({ quarantined }) => figure(quarantined), isNumber: true },
    { head: "started", cell: ({ startedAt }) => instant(startedAt, timeZone) },
  ];
  return table(columns, intakes);
}

function routes({ routes, timeZone }: ClientOverview): Html {
  if (routes.length === 0) {
    return html`<p class="empty">
      Nothing leaves: the client's folder has no <code>routes/NAME.yaml</code>
    </p>`;
  }
  const columns: readonly Column<RouteFigures>[] = [
    { head: "route", cell: ({ route }) => route },
    { head: "to", cell: ({ destination }) => destination },
    { head: "last", cell: ({ last }) => (last === undefined ? "never" : stateMark(last.state)) },
    {
      head: "at",
      cell: ({ last }) => (last === undefined ? "–" : instant(last.startedAt, timeZone)),
    },
    { head: "records", cell: ({ last }) => figure(last?.records), isNumber: true },
    {
      head: "next run",
      cell: ({ cron, nextRun }) => nextMark(cron, nextRun, timeZone),
    },
  ];
  return table(columns, routes);
}

function nextMark(cron: string | undefined, nextRun: Date | undefined, timeZone: string): Html {
  if (cron === undefined) {
    return html`<span class="soft">on demand</span>`;
  }
  return nextRun === undefined
    ? html`<span class="soft">never again</span>`
    : html`<span title="${cron}">${instant(nextRun, timeZone)}</span>`;
}

function segments({ client, segments }: ClientOverview): Html {
  if (segments.length === 0) {
    return html`<p class="empty">
      None: the client's folder has no <code>segments/NAME.yaml</code>
    </p>`;
  }
  return html`${table(SEGMENTS, segments)}
    <p class="empty">
      Rounded down, since this page asks for no sign-in. <code>waybill segment list ${client}</code>
    </p>`;
}

const SEGMENTS: readonly Column<SegmentFigures>[] = [
  {
    head: "segment",
    cell: ({ segment, title }) => html`<span title="${title}">${segment}</span>`,
  },
  { head: "kind", cell: ({ kind }) => html`<span class="soft">${kind}</span>` },
  { head: "of", cell: ({ of }) => html`<span class="soft">${of ?? "–"}</span>` },
  { head: "members", cell: ({ members }) => members ?? "–", isNumber: true },
  { head: "state", cell: (segment) => segmentState(segment) },
];

function segmentState({ members, isFilling }: SegmentFigures): Html {
  if (isFilling) {
    return html`<span>${members === undefined ? "filling" : "live, filling a new version"}</span>`;
  }
  return members === undefined
    ? html`<span class="soft">not in force</span>`
    : html`<span class="good">live</span>`;
}

const GOOD: ReadonlySet<string> = new Set(["published", "delivered"]);
const WARNING: ReadonlySet<string> = new Set(["held", "failed"]);

function stateMark(state: string): Html {
  const mark = GOOD.has(state) ? "good" : WARNING.has(state) ? "warn" : "";
  return html`<span class="${mark}">${state}</span>`;
}
