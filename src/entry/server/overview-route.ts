import { createHash } from "node:crypto";
import type { HttpServer } from "../../platform/http/index.ts";
import { type OverviewDeps, readOverview } from "./overview.ts";
import { renderPage } from "./page.ts";
import { STYLE } from "./style.ts";

/** The page brings its style and nothing else; nothing may be loaded, run, sent or framed. */
const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Adds the overview at `/`. */
export function addOverviewRoute(app: HttpServer["app"], deps: OverviewDeps): void {
  app.get("/", async (_request, reply) => {
    const page = renderPage(await readOverview(deps));
    void reply.headers(headers);
    return page;
  });
}
