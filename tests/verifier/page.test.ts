/** The page for browsers: opened from the disk in Chromium, with nothing but the files that are dropped on it. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../architecture/planted-tree.ts";
import { type Bundle, makeBundle } from "./bundle.ts";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = BROWSERS.find((path) => existsSync(path));
/** Where nothing may be missing, its absence is a failure. */
const isRun = executablePath !== undefined || process.env["WAYBILL_REQUIRE_ALL"] === "1";

describe.runIf(isRun)("the page, in Chromium (needs Debian's chromium)", () => {
  let bundle: Bundle;
  let browser: Browser;

  beforeAll(async () => {
    bundle = await makeBundle();
    browser = await chromium.launch({
      executablePath: executablePath ?? "",
      args: ["--no-sandbox"],
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await bundle[Symbol.asyncDispose]();
  });

  /** What the page says of the files: its verdict, and the checks that were made by their outcome. */
  async function judged(
    ...files: readonly string[]
  ): Promise<{ verdict: string; checks: string[] }> {
    const page = await openPage();
    await page.setInputFiles("#files", [...files]);
    const verdict = page.locator("#verdict", { hasText: /in order|none of these|not an/u });
    await verdict.waitFor();
    const rows = await page.locator("#checks tr").allInnerTexts();
    const checks = rows.map((row) => row.split("\t").slice(0, 2).join(": "));
    return { verdict: (await verdict.textContent()) ?? "", checks };
  }

  async function openPage(): Promise<Page> {
    const copy = join(bundle.folder, "waybill-verify.html");
    await copyFile(join(projectRoot, "docs/verifier/waybill-verify.html"), copy);
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    page.on("request", (request) => {
      expect(request.url()).toMatch(/^(?:file|blob|data):/u);
    });
    await page.goto(pathToFileURL(copy).href);
    return page;
  }

  test("a delivery is verified whole, offline", async () => {
    const { path } = bundle;
    const files = (["waybill", "payload", "key", "witness", "proof", "absence"] as const).map(path);

    const { verdict, checks } = await judged(...files, path("checkpoint"), path("since"));

    expect(verdict).toBe("This waybill is in order");
    expect(checks).toEqual(
      ["document", "layout", "signature", "key", "agreement", "payload-bytes", "payload-sha256"]
        .concat(["fields", "count", "totals"])
        .map((name) => `${name}: ok`)
        .concat("root: not checked", "receipt: ok", "ledger: ok"),
    );
  }, 60_000);

  test("an altered payload and an altered waybill are told", async () => {
    const { path, files } = bundle;
    const payload = join(bundle.folder, "altered", "list.csv");
    await writeInto(payload, files.payload.toString().replace("10.50", "10.51"));
    const waybill = join(bundle.folder, "altered", "list.waybill.json");
    await writeInto(waybill, files.waybill.toString().replace("marketing", "sales"));

    const one = await judged(path("waybill"), payload, path("key"));
    const other = await judged(waybill, path("payload"), path("key"));

    expect(one.verdict).toBe("This waybill is NOT in order");
    expect(one.checks).toContain("payload-sha256: FAILED");
    expect(other.checks).toContain("signature: FAILED");
  }, 60_000);

  test("a checkpoint alone is verified, and a file that is nothing is said to be nothing", async () => {
    const { path } = bundle;

    const checkpoint = await judged(path("checkpoint"), path("key"));
    const nothing = await judged(path("payload"));

    expect(checkpoint.verdict).toBe("This ledger is in order");
    expect(nothing.verdict).toContain("none of these files is a waybill");
  }, 60_000);
});

async function writeInto(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
