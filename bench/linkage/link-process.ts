/** `waybill link` as a process of its own: its time and memory are those of a user's run. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { z } from "zod";

const rate = z.number();

const document = z.object({
  records: z.number(),
  pairs: z.object({
    count: z.number(),
    precision: rate,
    recall: rate,
    f1: rate,
    bestF1: rate,
    bestThreshold: rate,
    blockingRecall: rate,
  }),
  clusters: z.object({
    count: z.number(),
    pairPrecision: rate,
    pairRecall: rate,
    pairF1: rate,
    bCubedF1: rate,
    largest: z.number(),
  }),
  seconds: z.number(),
  peakRssMb: z.number(),
});

/** What `waybill link … --truth COLUMN --json` prints. */
export type LinkRun = z.infer<typeof document>;

/** No run may take longer than this. */
const MOST_MINUTES = 10;

/**
 * Runs `waybill link` on a file with nothing but the truth.
 * @throws Error with what the command said when it fails
 */
export async function runLink(file: string, truth: string): Promise<LinkRun> {
  const child = spawn(
    process.execPath,
    ["src/entry/cli/main.ts", "link", file, "--truth", truth, "--json"],
    { stdio: ["ignore", "pipe", "pipe"], timeout: MOST_MINUTES * 60_000 },
  );
  const [out, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  if (code !== 0) {
    throw new Error(`waybill link ended with ${code}: ${errors}${out}`);
  }
  return document.parse(JSON.parse(out));
}
