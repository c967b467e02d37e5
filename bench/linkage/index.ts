/** Linkage: how right and how fast on files, and resolution beside a large customer base. */
import type { BenchOptions, Figure } from "../figure.ts";
import { benchClient } from "./client.ts";
import { benchFiles } from "./files.ts";

export async function* benchLinkage(options: BenchOptions): AsyncGenerator<Figure> {
  yield* benchFiles(options);
  yield* benchClient(options);
}
