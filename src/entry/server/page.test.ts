import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobRun } from "../../platform/jobs/index.ts";
import { share } from "./format.ts";
import { html } from "./html.ts";
import type { ClientOverview, Overview } from "./overview.ts";
import { renderPage } from "./page.ts";

const at = new Date("2026-06-01T10:00:00Z");

const intake = {
  intake: 4n,
  dataset: "customers",
  source: "billing",
  state: "published",
  startedAt: at,
  finishedAt: at,
  read: 1_200n,
  accepted: 1_190n,
  changed: 0n,
  unchanged: 0n,
  quarantined: 10n,
};

const emptyClient: ClientOverview = {
  client: "acme",
  contractVersion: "1.0.0",
  timeZone: "Europe/Berlin",
  datasets: [{ dataset: "customers", title: "Customers", kind: "customer", rows: 0n }],
  intakes: [],
  held: [],
  quarantined: 0n,
  reasons: [],
  segments: [],
  routes: [],
};

const run: JobRun = {
  job: 7n,
  name: "import",
  client: "acme",
  state: "running",
  progress: { done: 25, total: 100, unit: "bytes" },
  attempt: 1,
  maxAttempts: 3,
  errorCode: null,
  errorMessage: null,
  createdAt: at,
  startedAt: at,
  finishedAt: null,
  cancelRequestedAt: null,
};

function overview(client: Partial<ClientOverview> = {}, rest: Partial<Overview> = {}): Overview {
  return {
    at,
    server: "18.4",
    clients: [{ ...emptyClient, ...client }],
    jobs: { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
    unfinished: [],
    failed: [],
    ...rest,
  };
}

/** The page as a reader has it: without markup and with single blanks. */
function words(page: string): string {
  const body = page.slice(page.indexOf("<body>"));
  return body.replaceAll(/<[^>]*>/gu, " ").replaceAll(/\s+/gu, " ");
}

describe("markup", () => {
  test("never comes from what is put in", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { text: markup } = html`<p title="${text}">${[text]}</p>`;

        expect(markup.match(/[<>]/gu)).toEqual(["<", ">", "<", ">"]);
        expect(markup.match(/"/gu)).toHaveLength(2);
      }),
    );
  });

  test("is kept when it is put into other markup", () => {
    expect(html`<p>${html`<b>${"a & b"}</b>`}${undefined}</p>`.text).toBe(
      "<p><b>a &amp; b</b></p>",
    );
  });
});

describe("the overview", () => {
  test("says what to type first when there is nothing", () => {
    const page = renderPage(overview({}, { clients: [] }));

    expect(words(page)).toContain("Begin with an example: waybill apply examples/telecom");
    expect(words(page)).not.toContain("customers");
  });

  test("says what to type when nothing has arrived", () => {
    expect(words(renderPage(overview()))).toContain("waybill import acme customers FILE");
  });

  test("counts customers, and quarantined rows by reason", () => {
    const page = renderPage(
      overview({
        datasets: [{ dataset: "customers", title: "Customers", kind: "customer", rows: 1_190n }],
        intakes: [intake],
        quarantined: 10n,
        reasons: [{ dataset: "customers", rule: "required", field: "email", rows: 10n }],
      }),
    );

    expect(words(page)).toContain("customers 1,190");
    expect(words(page)).toContain("customers email required 10");
    expect(words(page)).toContain("waybill quarantine list acme");
  });

  test("shows each segment with its members, and which are not in force yet", () => {
    const segment = { title: "", kind: "behavioural", of: "customers", isFilling: false };
    const page = renderPage(
      overview({
        segments: [
          { ...segment, segment: "vip", members: "1,230" },
          { ...segment, segment: "edited", members: "<10", isFilling: true },
          { ...segment, segment: "young", members: undefined, isFilling: true },
          { ...segment, segment: "refused", members: undefined, of: undefined },
        ],
      }),
    );

    expect(words(page)).toContain("vip behavioural customers 1,230 live");
    expect(words(page)).toContain(
      "edited behavioural customers &lt;10 live, filling a new version",
    );
    expect(words(page)).toContain("young behavioural customers – filling");
    expect(words(page)).toContain("refused behavioural – – not in force");
  });

  test("names what waits for a person, and only then", () => {
    const waiting = renderPage(
      overview(
        { held: [{ ...intake, state: "held" }] },
        { failed: [{ ...run, state: "failed", errorCode: "no-such-file" }] },
      ),
    );

    expect(words(waiting)).toContain("waybill intake show acme 4");
    expect(words(waiting)).toContain("Job 7, import for acme , failed: no-such-file.");
    expect(words(renderPage(overview()))).not.toContain("Wants a decision");
  });

  test("gives times in the client's zone, and to machines in UTC", () => {
    const page = renderPage(overview({ intakes: [intake] }));

    expect(page).toContain('<time datetime="2026-06-01T10:00:00.000Z">1 Jun 2026, 12:00</time>');
  });

  test("shows how far a job is", () => {
    const page = renderPage(overview({}, { unfinished: [run, { ...run, progress: null }] }));

    expect(page).toMatch(/<progress[^>]+max="100"\s+value="25"/u);
    expect(page).toMatch(/<progress aria-label="progress of job 7"><\/progress>/u);
  });
});

test("a share is whole percent, complete only at the end, and unknown without a total", () => {
  expect(share({ done: 999, total: 1_000, unit: "rows" })).toBe(99);
  expect(share({ done: 1_000, total: 1_000, unit: "rows" })).toBe(100);
  expect(share({ done: 0, total: 0, unit: "rows" })).toBe(100);
  expect(share({ done: 5, unit: "rows" })).toBeUndefined();
});
